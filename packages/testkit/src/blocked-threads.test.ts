import type { ActorRef, MessagesOf } from "@process-hub/actor";
import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { ledger, type Ledger as Plain } from "./campaign/ledger.actor.js";
import { World } from "./campaign/world.js";
import { type Simulation, simulate } from "./index.js";

const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);

function told(
  tell: (
    sim: Simulation,
    note: (id: string, timeoutMs?: number) => Promise<number>,
    ref: (id: string) => ActorRef<MessagesOf<typeof Plain>>,
  ) => Promise<void>,
): Promise<void> {
  const world = new World();
  const Ledger = ledger(world);
  return simulate({ seed: 4, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    world.enter(sim);
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.run(1_000);
    const ref = (id: string) => sim.hub(0).ref(Ledger, id);
    const note = (id: string, timeoutMs?: number) => ref(id).ask("note", { n: 1 }, timeoutMs === undefined ? {} : { timeoutMs });
    await tell(sim, note, ref);
    world.becomePlain();
    await sim.check();
  });
}

const at = (sim: Simulation, node: string, thread: number): string[] =>
  ids.filter((id) =>
    sim
      .hub(0)
      .lookup(id)
      ?.replicas.some((one) => one.node === node && one.thread === thread),
  );

test("a blocked thread answers nobody, and its node stays up and moves what is on its other threads; then it goes on with all that came", () =>
  told(async (sim, note) => {
    const [stuck = "", free = ""] = [at(sim, "node-1", 0)[0], at(sim, "node-1", 1)[0]];
    sim.blockThread(1, 0);
    await expect(note(stuck, 500)).rejects.toMatchObject({ code: "AskTimeout" });
    expect(await note(free)).toBe(1);
    await sim.hub(0).move(free, { node: "node-2" });
    const late = note(stuck, 10_000);
    const moved = sim.hub(0).move(stuck, { node: "node-2" }).catch(String);
    await sim.run(4_000);
    expect(sim.hub(0).nodes()).toEqual(["node-1", "node-2"]);
    sim.unblockThread(1, 0);
    expect(await late).toBe(2);
    await moved;
  }));

test("a blocked thread that is killed is replaced, and what ran on it runs again", () =>
  told(async (sim, note) => {
    const [stuck = ""] = at(sim, "node-1", 0);
    sim.blockThread(1, 0);
    await sim.run(1_000);
    sim.killThread(1, 0);
    await sim.run(1_000);
    expect(await note(stuck)).toBe(1);
    sim.unblockThread(1, 0);
  }));

test("a handler takes its thread's time: none while that is blocked", () =>
  told(async (sim, note) => {
    const [id = ""] = at(sim, "node-1", 0);
    sim.hub(0).ref(ledger(new World()), id).tell("dwell", { n: 1, ms: 300 });
    const after = async (): Promise<number> => {
      const fromMs = sim.nowMs;
      await note(id);
      return sim.nowMs - fromMs;
    };
    expect(await after()).toBeGreaterThan(299);
    sim.hub(0).ref(ledger(new World()), id).tell("dwell", { n: 2, ms: 300 });
    const done = after();
    await sim.run(100);
    sim.blockThread(1, 0);
    await sim.run(1_000);
    sim.unblockThread(1, 0);
    expect(await done).toBeGreaterThan(1_099);
  }));

test("a node closes in time though a thread of it is blocked, and counts what was there, or on the way there from its other thread", () =>
  told(async (sim, _, ref) => {
    const [stuck = "", free = ""] = [at(sim, "node-1", 0)[0], at(sim, "node-1", 1)[0]];
    sim.blockThread(1, 0);
    for (let n = 0; n < 5; n++) ref(stuck).tell("note", { n });
    for (let n = 0; n < 5; n++) ref(free).tell("pass", { n, to: stuck });
    await sim.run(100);
    const fromMs = sim.nowMs;
    await sim.leave(1);
    expect(sim.nowMs - fromMs).toBeLessThanOrEqual(15_000);
    expect(sim.nodes[1]?.hub.stats().messages.deadLettered).toBe(10);
  }));

test("a drain by force says of what is in a blocked thread that the stop may still take place, and it does", () =>
  told(async (sim) => {
    const stuck = at(sim, "node-1", 0);
    sim.blockThread(1, 0);
    const { ended, errors } = await sim.hub(1).drain({ deadlineMs: 1_000, force: true });
    expect([ended, errors.map(({ id }) => id).sort()]).toEqual([[], stuck.sort()]);
    for (const { error } of errors) expect(error.message).toContain("the stop may still take place");
    sim.unblockThread(1, 0);
    await sim.until("they have ended", () => stuck.every((id) => sim.hub(0).lookup(id) === undefined));
  }));

test("a blocked thread of a node that has died does nothing when it would go on", () =>
  told(async (sim) => {
    const [stuck = ""] = at(sim, "node-1", 0);
    sim.blockThread(1, 0);
    const stop = sim.hub(0).stop(stuck).catch(String);
    await sim.run(100);
    sim.crash(1);
    const before = sim.history.events.length;
    sim.unblockThread(1, 0);
    await sim.run(100);
    const said = sim.history.events.slice(before).filter((event) => event.kind === "event" && event.node === "node-1");
    expect(said).toEqual([]);
    await stop;
  }));
