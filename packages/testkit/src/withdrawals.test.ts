import { expect, test } from "vitest";
import { Worker } from "./fixtures/worker.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { seed: 5, nodes: 3, actors: [Worker] };

async function workers(sim: Simulation): Promise<void> {
  for (const [index, id] of ["a", "b", "c"].entries()) await sim.hub(0).start(Worker, { id, nodes: [`node-${index}`] });
  await sim.until("all know them", () => [0, 1, 2].every((at) => sim.hub(at).list("global").length === 3));
}

const seen = (sim: Simulation, id: string) => sim.hub(0).ref(Worker, id).ask("seen");

test("an abort ends the handler of the ask, and of all that this one asked in turn, over nodes", () =>
  simulate(options, async (sim) => {
    await workers(sim);
    const controller = new AbortController();
    const work = sim.hub(0).ref(Worker, "a").ask("work", ["b", "c"], { signal: controller.signal });
    await sim.run(50);
    controller.abort(new RangeError("enough"));
    await expect(work).rejects.toThrow("enough");
    await sim.run(20);
    for (const id of ["a", "b", "c"]) expect((await seen(sim, id)).ended).toEqual(["Aborted"]);
    await sim.check();
  }));

test("an aborted ask leaves the queue that it waits in, and those behind it stay", () =>
  simulate(options, async (sim) => {
    await workers(sim);
    const c = sim.hub(0).ref(Worker, "c");
    const [first, second] = [new AbortController(), new AbortController()];
    const work = c.ask("work", [], { signal: first.signal }).catch(() => "aborted");
    const waits = c.ask("note", "aborted", { signal: second.signal }).catch(() => "aborted");
    const stays = c.ask("note", "stays");
    await sim.run(20);
    second.abort();
    expect(await waits).toBe("aborted");
    await sim.run(20);
    expect(
      sim
        .hub(2)
        .stats()
        .threads.reduce((sum, { queued }) => sum + queued, 0),
    ).toBe(2);
    first.abort();
    await work;
    await stays;
    expect(await seen(sim, "c")).toEqual({ ended: ["Aborted"], done: ["stays"] });
    await sim.check();
  }));

test.each([0, 1, 2, 3, 5, 8, 13, 21, 34, 55])("an abort %i ms into a move finds the ask that moves with its actor", (afterMs) =>
  simulate(options, async (sim) => {
    await workers(sim);
    const b = sim.hub(0).ref(Worker, "b");
    await sim.hub(0).start(Worker, { id: "m" });
    const m = sim.hub(0).ref(Worker, "m");
    const first = new AbortController();
    const work = m.ask("work", [], { signal: first.signal }).catch(() => "aborted");
    const controller = new AbortController();
    const asks = Array.from({ length: 5 }, (_, n) => m.ask("work", [], { signal: controller.signal }).catch(() => `${n}`));
    await sim.run(20);
    const from = Number(sim.hub(0).lookup("m")?.replicas[0]?.node.slice(-1));
    const moved = sim.hub(0).move("m", { node: `node-${(from + 1) % 3}` });
    await sim.run(5);
    first.abort();
    await sim.run(afterMs);
    controller.abort();
    expect(await Promise.all(asks)).toEqual(["0", "1", "2", "3", "4"]);
    await work;
    await moved;
    await sim.run(1_000);
    // None of them works on: the actor answers.
    expect((await m.ask("seen", undefined, { timeoutMs: 500 })).ended.every((code) => code === "Aborted")).toBe(true);
    expect(await b.ask("seen")).toEqual({ ended: [], done: [] });
    await sim.check();
  }),
);

test("an ask has no more time than its asker's own caller has left, whatever it asks for", () =>
  simulate(options, async (sim) => {
    await workers(sim);
    const a = sim.hub(0).ref(Worker, "a");
    const atMs = sim.nowMs;
    const dueAtMs = (await a.ask("left", ["b", "c"], { timeoutMs: 400 })) ?? 0;
    const own = (await a.ask("left", [], { timeoutMs: 400 })) ?? 0;
    expect(dueAtMs).toBeLessThanOrEqual(own);
    await expect(a.ask("work", ["b", "c"], { timeoutMs: 400 })).rejects.toMatchObject({ code: "AskTimeout" });
    await sim.run(10);
    expect(sim.nowMs - atMs).toBeLessThan(440);
    expect((await seen(sim, "c")).ended).toEqual(["Expired"]);
    for (const id of ["a", "b"]) expect((await seen(sim, id)).ended).toEqual(["AskTimeout"]);
    await sim.check();
  }));
