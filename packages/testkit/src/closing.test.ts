import { defineActor } from "@process-hub/actor";
import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./simulate.js";

/** Counts; and, while the test says so, has handlers that do not end. */
function counters() {
  let endless = true;
  const Counter = defineActor({
    name: "counter",
    module: import.meta.url,
    state: z.object({ n: z.int() }),
    init: () => ({ n: 0 }),
  })
    .on("add", { output: z.int() }, (state) => ++state.n)
    .on("hang", {}, () => (endless ? new Promise<void>(() => {}) : undefined))
    .on("pass", { input: z.string() }, (state, to, ctx) => {
      state.n++;
      ctx.ref(Counter, to).tell("add");
    });
  return {
    Counter,
    end: () => {
      endless = false;
    },
  };
}

const hub = { migration: hotSwap() };
const ids = ["a", "b", "c", "d", "e"];

test("a close ends by its deadline, hands over the others at once, and names the one whose handler does not end", () => {
  const { Counter, end } = counters();
  return simulate({ seed: 1, nodes: 2, actors: [Counter], hub }, async (sim) => {
    await sim.hub(1).startChildren(ids.map((id) => child(Counter, { id })));
    for (const id of ids) await sim.hub(1).move(id, { node: "node-0" });
    for (const id of ids) expect(await sim.hub(1).ref(Counter, id).ask("add")).toBe(1);
    const stopped: string[] = [];
    sim.hub(0).on("childStopped", ({ id }) => stopped.push(id));
    sim.hub(1).ref(Counter, "c").tell("hang");
    await sim.run(100);
    const fromMs = sim.nowMs;
    const close = sim.hub(0).close({ deadlineMs: 3_000 });
    await sim.run(200);
    expect(
      sim
        .hub(1)
        .list("local")
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a", "b", "d", "e"]);
    expect(await close).toEqual({ ended: ["c"] });
    expect(sim.nowMs - fromMs).toBeLessThanOrEqual(3_000);
    expect(stopped).toEqual(["c"]);
    await sim.run(5_000);
    for (const id of ids) expect([id, await sim.hub(1).ref(Counter, id).ask("add")]).toEqual([id, id === "c" ? 1 : 2]);
    end();
    await sim.check();
  });
});

test("an actor that only the closing node may run ends at once, however much it is told", () => {
  const { Counter } = counters();
  return simulate({ seed: 1, nodes: 2, actors: [Counter], hub }, async (sim) => {
    await sim.hub(0).start(Counter, { id: "pinned", nodes: ["node-0"], restart: "temporary" });
    const ref = sim.hub(1).ref(Counter, "pinned");
    let told = true;
    const telling = (async () => {
      while (told) {
        ref.tell("add");
        await sim.run(1);
      }
    })();
    await sim.run(200);
    const fromMs = sim.nowMs;
    expect(await sim.hub(0).close()).toEqual({ ended: ["pinned"] });
    expect(sim.nowMs - fromMs).toBeLessThan(1_000);
    told = false;
    await telling;
    await sim.check();
  });
});

test("one that has told an actor which waits for its node leaves with its state, and what it told follows", () => {
  const { Counter } = counters();
  return simulate({ seed: 1, nodes: 3, actors: [Counter], hub }, async (sim) => {
    await sim.hub(0).start(Counter, { id: "far", nodes: ["node-2"] });
    await sim.hub(0).start(Counter, { id: "x" });
    await sim.hub(0).move("x", { node: "node-0" });
    sim.crash(2);
    await sim.run(4_000);
    sim.hub(0).ref(Counter, "x").tell("pass", "far");
    await sim.run(100);
    const fromMs = sim.nowMs;
    expect(await sim.hub(0).close()).toEqual({ ended: [] });
    expect(sim.nowMs - fromMs).toBeLessThan(2_000);
    expect(await sim.hub(1).ref(Counter, "x").ask("add")).toBe(2);
    await sim.restart(2);
    await sim.run(4_000);
    expect(await sim.hub(1).ref(Counter, "far").ask("add")).toBe(2);
    await sim.check();
  });
});

test("a drain ends by its deadline and names what stays; force ends that", () => {
  const { Counter, end } = counters();
  return simulate({ seed: 1, nodes: 2, actors: [Counter], hub }, async (sim) => {
    for (const id of ["busy", "idle"]) {
      await sim.hub(0).start(Counter, { id });
      await sim.hub(0).move(id, { node: "node-0" });
    }
    sim.hub(1).ref(Counter, "busy").tell("hang");
    await sim.run(10);
    const fromMs = sim.nowMs;
    const first = await sim.hub(0).drain({ deadlineMs: 1_000 });
    expect(sim.nowMs - fromMs).toBeLessThanOrEqual(1_000);
    expect(first).toMatchObject({
      moved: ["idle"],
      ended: [],
      errors: [{ id: "busy", node: "node-0", error: { code: "HandoffFailed" } }],
    });
    expect(sim.hub(1).lookup("busy")).toBeDefined();
    expect(await sim.hub(0).drain({ deadlineMs: 1_000, force: true })).toMatchObject({ moved: [], ended: ["busy"], errors: [] });
    await sim.until("the other node knows", () => sim.hub(1).lookup("busy") === undefined);
    end();
    await sim.check();
  });
});

test("a move towards a node that leaves is given up: its actor goes on, and does not keep the node", () => {
  const { Counter, end } = counters();
  return simulate({ seed: 1, nodes: 3, actors: [Counter], hub }, async (sim) => {
    await sim.hub(0).start(Counter, { id: "x" });
    await sim.hub(0).move("x", { node: "node-0" });
    expect(await sim.hub(2).ref(Counter, "x").ask("add")).toBe(1);
    sim.hub(2).ref(Counter, "x").tell("hang");
    await sim.run(10);
    const move = sim
      .hub(2)
      .move("x", { node: "node-1" })
      .catch((error: Error) => error.message);
    await sim.run(10);
    const fromMs = sim.nowMs;
    expect(await sim.hub(1).close()).toEqual({ ended: [] });
    expect(sim.nowMs - fromMs).toBeLessThan(1_000);
    expect(await move).toMatch(/the target, .*, is about to leave; it goes on where it was/);
    end();
    await sim
      .hub(2)
      .stop("x")
      .catch(() => {});
    await sim.check();
  });
});
