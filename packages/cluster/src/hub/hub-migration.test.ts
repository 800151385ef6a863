import { child, defineActor } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { coldSwap, createRing, hotSwap } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 30 }, (_, i) => `c-${i}`);

/** Never arrives where it is moved to: its restore does not end. */
const Heavy = defineActor({ name: "heavy", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("add", { output: z.int() }, (state) => ++state.n)
  .handoff({ prepare: (state) => state, restore: () => new Promise<never>(() => {}) });

describe("hotSwap's settings", () => {
  test("retentionMs: a move is given up when the target has not loaded the actor by then, which goes on where it was", async () => {
    const options = { actors: [Heavy], migration: hotSwap({ retentionMs: 40 }), timings: { handoffTimeoutMs: 20_000 } };
    const [a] = (await lab.nodes(["a", "b"], options)) as [Hub];
    const heavy = await a.start(Heavy, { id: "x", nodes: ["a"] });
    await heavy.ask("add");
    await expect(a.move("x", { node: "b" })).rejects.toMatchObject({
      code: "HandoffFailed",
      message: expect.stringMatching(/no answer within 40 ms/),
      fields: { step: "load" },
    });
    expect([await heavy.ask("add"), a.lookup("x")?.replicas[0]?.node]).toEqual([2, "a"]);
    await a.stop("x");
  });

  test("confirm false: moves, a drain and a leave still lose nothing", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], { migration: hotSwap({ confirm: false }) })) as [Hub, Hub];
    await a.startChildren(ids.map((id) => child(Counter, { id })));
    for (const id of ids) await a.ref(Counter, id).ask("add", { by: 1 });
    for (const node of ["a", "b", "a"]) {
      const { errors } = await a.moveAll(ids, { node });
      expect(errors).toEqual([]);
      expect(await Promise.all(ids.map((id) => b.ref(Counter, id).ask("where")))).toEqual(
        ids.map(() => expect.stringMatching(`^${node}/`)),
      );
    }
    expect((await a.drain()).errors).toEqual([]);
    expect(await a.close()).toEqual({ ended: [] });
    expect(await Promise.all(ids.map((id) => b.ref(Counter, id).ask("read")))).toEqual(ids.map(() => 1));
  });
});

test("with no live target, actors end with their node, and are named: by drain, by close, by event", async () => {
  const a = await lab.hub("a", { migration: hotSwap() });
  await a.startChildren(ids.map((id) => child(Counter, { id })));
  const told: string[] = [];
  a.on("childStopped", ({ id, reason }) => told.push(`${id} ${reason}`));
  const { moved, errors } = await a.drain();
  const refused = errors.map(({ id, error }) => `${id} ${(error as { code?: string }).code}`);
  expect([moved, refused.sort()]).toEqual([[], ids.map((id) => `${id} NodeDown`).sort()]);
  const { ended } = await a.close();
  expect([[...ended].sort(), told.sort()]).toEqual([[...ids].sort(), ids.map((id) => `${id} shutdown`).sort()]);
});

test("coldSwap: an actor that is just being moved between two threads is left where it arrives, though its new owner is gone by then", async () => {
  let arrive = (): void => {};
  const isThere = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const Slow = defineActor({ name: "slow", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
    .on("add", { output: z.int() }, (state) => ++state.n)
    .handoff({ prepare: (state) => state, restore: (wire) => isThere.then(() => wire as { n: number }) });
  const ring = createRing({ nodes: ["a", "b"] });
  const id = ids.find((one) => ring.owner(one) === "b") as string;
  const options = { actors: [Slow], migration: coldSwap() };
  const a = await lab.hub("a", options);
  const ref = await a.start(Slow, { id });
  await ref.ask("add");
  const told: string[] = [];
  for (const event of ["childrenMoving", "redistributionFinished", "conflict"] as const) a.on(event, () => told.push(event));
  const thread = a.lookup(id)?.replicas[0]?.thread === 0 ? 1 : 0;
  const moved = a.move(id, { node: "a", thread });
  const b = await lab.hub("b", options);
  await until("the swap to b has begun", () => told.filter((event) => event === "childrenMoving").length === 2);
  await b.close();
  arrive();
  await moved;
  await until("it is over", () => told.includes("redistributionFinished"));
  expect([await ref.ask("add"), a.lookup(id)?.replicas]).toMatchObject([2, [{ node: "a", thread }]]);
  expect(told).not.toContain("conflict");
});
