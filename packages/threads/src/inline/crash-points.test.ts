import { defineActor } from "@process-hub/actor";
import type { PlaceId } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { MiniCluster } from "./fixtures/mini-cluster.js";

const [source, target] = ["n0@1/0.1", "n0@1/1.1"] as const;
const first = Number(process.env.SEED ?? 1);
const schedules = Number(process.env.SEEDS ?? 12);

/** One move of "a" while two senders tell it five messages; `dies` ends after `step` steps. Gives how many steps were taken before. */
async function move(seed: number, dies: PlaceId, step: number, tail: "lost" | "kept"): Promise<number> {
  const cluster = new MiniCluster(seed, 1, 3);
  const handled: string[] = [];
  const member = defineActor({ name: "member", module: "node:member", state: z.object({}), init: () => ({}) }).on(
    "note",
    { input: z.string() },
    (_state, note) => void handled.push(note),
  );
  cluster.define(member);
  await cluster.start("a", source, "member");
  const [main] = cluster.mains;
  const third = cluster.threads.get("n0@1/2.1");
  let settled = 0;
  const asked = (ask: Promise<unknown> | undefined): void => void ask?.catch(() => {}).then(() => settled++);
  let moves = 0;
  void cluster.threads
    .get(source)
    ?.control.move({ saga: "s", ids: ["a"], to: target, batchSize: 1 })
    .then(() => moves++);
  for (const n of [1, 2, 3]) asked(main?.mailer.ask(null, "a", "note", `main ${n}`));
  for (const n of [1, 2]) asked(third?.mailer.ask(null, "a", "note", `third ${n}`));
  let steps = 0;
  for (; steps < step && !(moves === 1 && settled === 5 && cluster.noise === ""); steps++) await cluster.step(0.02);
  cluster.kill(dies, tail);
  const home = (): PlaceId[] =>
    [...cluster.threads.values()].filter(({ cells }) => cells.get("a")?.phase === "running").map(({ place }) => place);
  const calm = (): boolean =>
    settled === 5 && cluster.noise === "" && home().length === 1 && main?.registry.get("a")?.place === home()[0];
  const what = `seed ${seed}, ${dies} dies after ${step} steps, its last words ${tail}`;
  expect(await cluster.until(calm), `${what}: ${settled} settled, at ${home()}, ${cluster.noise}`).toBe(true);
  expect([new Set(handled).size, cluster.problems], what).toEqual([handled.length, []]);
  return steps;
}

test.each([source, target])(
  "%s dies at any step of a move: one copy runs, no message is handled twice, every ask settles",
  async (dies) => {
    let points = 0;
    for (let seed = first; seed < first + schedules; seed++) {
      for (let step = 0; (await move(seed, dies, step, step % 2 === 0 ? "lost" : "kept")) === step; step++) points++;
    }
    expect(points).toBeGreaterThan(schedules * 20);
  },
  600_000,
);
