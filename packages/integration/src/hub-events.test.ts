import { until } from "@process-hub/protocol/testing";
import type { Hub } from "process-hub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Bell, Ear } from "./fixtures/bell.actor.js";
import { Hubs } from "./fixtures/hubs.js";

let hubs: Hubs;
let a: Hub;
let b: Hub;
beforeEach(async () => {
  hubs = new Hubs();
  [a, b] = await hubs.pair({ actors: [Bell, Ear] });
  await a.start(Bell, { id: "bell", nodes: ["a", "b"] });
  await a.move("bell", { node: "b", thread: 0 }).catch(() => {});
});
afterEach(() => hubs.close());

const numbers = (to: number): number[] => Array.from({ length: to }, (_, i) => i + 1);

test("events over real threads and two nodes: each once, in order, over moves of both sides; then the end, and the watch", async () => {
  const ears = ["e0", "e1", "e2", "e3"];
  for (const [at, id] of ears.entries()) {
    await a.start(Ear, { id, nodes: [at % 2 === 0 ? "a" : "b"] });
    await (at % 2 === 0 ? a : b).move(id, { thread: at >> 1 }).catch(() => {});
  }
  const heard: Record<string, number[]> = { a: [], b: [] };
  const ends: string[] = [];
  const subs = [a, b].map((hub) =>
    hub
      .ref(Bell, "bell")
      .subscribe("rung", ({ n, at }, { seq }) => void (at instanceof Date && n === seq && heard[hub.node]?.push(seq)), {
        resync: ({ reason }) => void ends.push(reason),
        ended: ({ reason }) => void ends.push(reason),
      }),
  );
  await Promise.all(subs.map(({ ready }) => ready));
  let rung = 0;
  for (let i = 0; i < 12; i++) {
    const asks = numbers(5).map(() => (i % 2 === 0 ? a : b).ref(Bell, "bell").ask("ring", 10));
    const to = i % 3 === 0 ? { thread: i % 2 } : { node: i % 2 === 0 ? "a" : "b" };
    await Promise.all([...asks, a.move("bell", to).catch(() => {}), a.move("e0", { thread: i % 2 }).catch(() => {})]);
    rung += 50;
  }
  const all = numbers(rung);
  await until("all are heard", () => Object.values(heard).every((each) => each.length >= rung), 20_000);
  expect([heard, ends]).toEqual([{ a: all, b: all }, []]);
  const told = async (id: string) => a.ref(Ear, id).ask("heard");
  for (const id of ears) {
    await until(`${id} has heard all`, async () => (await told(id)).heard.length >= rung, 20_000);
    expect((await told(id)).heard.map(({ seq, payload }) => seq === payload?.n && seq)).toEqual(all);
  }
  expect(await a.ref(Ear, "e0").ask("look")).toEqual({ nodes: ["a", "b"], bells: 1 });
  await a.ref(Ear, "e1").ask("stop", "bell");
  await until(
    "all hear of the end",
    async () => {
      const ended = await Promise.all(ears.map(told));
      return ends.length === 2 && ended.every(({ heard, gone }) => heard.at(-1)?.type === "ended" && gone.length === 1);
    },
    20_000,
  );
  expect([ends, (await told("e0")).gone]).toEqual([["Stop", "Stop"], ["Stop"]]);
  expect([...a.stats().subscriptions, ...b.stats().subscriptions]).toEqual([]);
});
