import { defineActor } from "@process-hub/actor";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./index.js";

/** Actors whose `init` ends, or fails, when the test says so; later ones begin at once, as the checkers' replay does. */
const gate: { shut: boolean; open: (failure?: Error) => void } = { shut: true, open: () => {} };

const Slow = defineActor({
  name: "slow",
  module: import.meta.url,
  state: z.strictObject({ n: z.int() }),
  init: () =>
    new Promise<{ n: number }>((resolve, reject) => {
      gate.open = (failure) => {
        gate.shut = false;
        if (failure === undefined) resolve({ n: 0 });
        else reject(failure);
      };
      if (!gate.shut) gate.open();
    }),
}).on("add", { output: z.int() }, (state) => ++state.n);

beforeEach(() => {
  gate.shut = true;
});

const options = { seed: 4, nodes: 3, actors: [Slow] };
const code = (error: Error & { code?: string }): string => error.code ?? error.message;

test("what is sent to an actor while its first start is under way, from any node, is handled when it runs", () =>
  simulate(options, async (sim) => {
    const started = sim.hub(0).start(Slow, { id: "one" });
    await sim.run(50);
    const second = sim.nodes.map(({ hub }) => hub.start(Slow, { id: "one" }).catch(code));
    const asks = sim.nodes.map(({ hub }) => hub.ref(Slow, "one").ask("add"));
    for (const { hub } of sim.nodes) hub.ref(Slow, "one").tell("add");
    await sim.run(1_000);
    gate.open();
    await started;
    expect(await Promise.all(second)).toEqual(["AlreadyStarted", "AlreadyStarted", "AlreadyStarted"]);
    await Promise.all(asks);
    expect(await sim.hub(1).ref(Slow, "one").ask("add")).toBe(7);
    await sim.check();
  }));

test("when that start fails, nobody waits for the actor any longer", () =>
  simulate(options, async (sim) => {
    const started = sim.hub(0).start(Slow, { id: "one" }).catch(code);
    await sim.run(50);
    const asks = sim.nodes.map(({ hub }) => hub.ref(Slow, "one").ask("add", undefined, { timeoutMs: 60_000 }).catch(code));
    await sim.run(500);
    gate.open(new Error("no room"));
    expect(await started).toBe("StartFailed");
    expect(await Promise.all(asks)).toEqual(["ActorNotFound", "ActorNotFound", "ActorNotFound"]);
    await sim.check();
  }));

test("a stop from any node follows the start, and ends the actor", () =>
  simulate(options, async (sim) => {
    const started = sim.hub(0).start(Slow, { id: "one" });
    await sim.run(50);
    const stopped = sim.nodes.map(({ hub }) => hub.stop("one").catch(code));
    await sim.run(500);
    gate.open();
    await started;
    expect((await Promise.all(stopped)).filter((result) => result === "ActorNotFound").length).toBeLessThan(3);
    await sim.run(1_000);
    expect(sim.hub(0).lookup("one")).toBeUndefined();
    await sim.check();
  }));

test("a stop of an actor whose init hangs ends it within its deadline", () =>
  simulate(options, async (sim) => {
    const started = sim.hub(0).start(Slow, { id: "one" }).catch(code);
    await sim.run(50);
    await sim.hub(0).stop("one", { timeoutMs: 500 });
    gate.open();
    expect(await started).toBe("StartFailed");
    await sim.run(1_000);
    expect(sim.hub(0).lookup("one")).toBeUndefined();
    await sim.check();
  }));

test("a node that joins under a start, and owns its id by then, does not start it a second time", () =>
  simulate({ ...options, nodes: 1 }, async (sim) => {
    const ids = Array.from({ length: 8 }, (_, i) => `s${i}`);
    for (const id of ids) sim.hub(0).start(Slow, { id }).catch(code);
    await sim.run(50);
    const joined = await sim.join();
    await sim.run(1_000);
    const second = ids.map((id) => sim.hub(joined).start(Slow, { id }).catch(code));
    await sim.run(1_000);
    expect(sim.cells().length).toBe(ids.length);
    expect(await Promise.all(second)).toEqual(ids.map(() => "AlreadyStarted"));
  }));

test("a node that drains under a start is not overtaken by the next node that decides for its id", () =>
  simulate({ ...options, nodes: 2 }, async (sim) => {
    const ids = Array.from({ length: 8 }, (_, i) => `s${i}`);
    for (const id of ids) sim.hub(0).start(Slow, { id }).catch(code);
    await sim.run(50);
    sim
      .hub(0)
      .drain({ deadlineMs: 60_000 })
      .catch(() => {});
    await sim.run(500);
    const second = ids.map((id) => sim.hub(1).start(Slow, { id }).catch(code));
    await sim.run(500);
    expect(sim.cells().length).toBe(ids.length);
    expect(await Promise.all(second)).toEqual(ids.map(() => "AlreadyStarted"));
  }));
