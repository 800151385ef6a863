import { replication } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Guard, Lamp } from "./fixtures/guard.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { seed: 11, nodes: 3, actors: [Guard, Lamp] };
const twice = { redundancy: replication({ factor: 2 }) };

/** A guard on node 0 and a lamp on node 1, or where its start says, which it watches. */
async function watching(sim: Simulation, lamp: { readonly nodes?: string[]; readonly restart?: "temporary" } = {}) {
  await sim.hub(0).start(Guard, { id: "guard", nodes: ["node-0", "node-2"] });
  await sim.hub(0).start(Lamp, { id: "lamp", nodes: ["node-1", "node-2"], ...lamp });
  for (const [id, node] of [
    ["guard", "node-0"],
    ["lamp", "node-1"],
  ] as const)
    if (nodeOf(sim, id) !== node) await sim.hub(0).move(id, { node });
  await sim.hub(2).ref(Guard, "guard").ask("watch", "lamp");
  await sim.run(100);
}

const nodeOf = (sim: Simulation, id: string, by = 0): string | undefined => sim.hub(by).lookup(id)?.replicas[0]?.node;
const told = (sim: Simulation, by = 2): Promise<unknown> => sim.hub(by).ref(Guard, "guard").ask("told");
/** Long enough for a node to be found dead. */
const heard = (sim: Simulation): Promise<void> => sim.run(10_000);

describe("an actor hears once that one it watches is gone, and why", () => {
  test.each([
    ["it is stopped", (sim: Simulation) => sim.hub(2).stop("lamp"), "Stop"],
    ["it ends by itself", (sim: Simulation) => sim.hub(2).ref(Lamp, "lamp").ask("out"), "Stop"],
    [
      "it crashes for good",
      (sim: Simulation) =>
        sim
          .hub(2)
          .ref(Lamp, "lamp")
          .ask("burst")
          .catch(() => {}),
      "Crash",
    ],
    ["its node dies, and it is temporary", (sim: Simulation) => sim.crash(1), "NodeDown"],
  ])("%s", (_, end, reason) =>
    simulate(options, async (sim) => {
      await watching(sim, { nodes: ["node-1"], restart: "temporary" });
      await end(sim);
      await heard(sim);
      expect(await told(sim)).toEqual([{ id: "lamp", reason }]);
      await sim.check();
    }),
  );

  test("its thread dies, and it is temporary", () =>
    simulate(options, async (sim) => {
      await watching(sim, { nodes: ["node-1"], restart: "temporary" });
      sim.killThread(1, sim.hub(0).lookup("lamp")?.replicas[0]?.thread ?? 0);
      await heard(sim);
      expect(await told(sim)).toEqual([{ id: "lamp", reason: "NodeDown" }]);
      await sim.check();
    }));

  test("there is none of the id: at once", () =>
    simulate(options, async (sim) => {
      await watching(sim);
      await sim.hub(2).ref(Guard, "guard").ask("watch", "nobody");
      await sim.run(100);
      expect(await told(sim)).toEqual([{ id: "nobody", reason: "NotFound" }]);
      await sim.check();
    }));

  test("one that was started anew meanwhile is another: the watch was of the first", () =>
    simulate(options, async (sim) => {
      await watching(sim);
      await sim.hub(2).stop("lamp");
      await sim.hub(2).start(Lamp, { id: "lamp", nodes: ["node-1"] });
      await sim.run(1_000);
      await sim.hub(2).stop("lamp");
      await sim.run(1_000);
      expect(await told(sim)).toEqual([{ id: "lamp", reason: "Stop" }]);
      await sim.check();
    }));
});

describe("no end", () => {
  test("of a watched actor: a move, a restart of its node, a take-over", () =>
    simulate({ ...options, hub: twice }, async (sim) => {
      await watching(sim);
      await sim.hub(0).move("lamp", { node: "node-2" });
      await sim.hub(0).move("lamp", { node: "node-1" });
      await sim.run(2_000);
      sim.crash(1);
      await sim.run(10_000);
      expect(nodeOf(sim, "lamp")).toBe("node-2");
      expect(await told(sim)).toEqual([]);
      await sim.hub(0).stop("lamp");
      await heard(sim);
      expect(await told(sim)).toEqual([{ id: "lamp", reason: "Stop" }]);
      await sim.check();
    }));

  test("of a watch that was ended", () =>
    simulate(options, async (sim) => {
      await watching(sim);
      const guard = sim.hub(2).ref(Guard, "guard");
      expect(await guard.ask("unwatch", "lamp")).toBe(true);
      expect(await guard.ask("unwatch", "lamp")).toBe(false);
      await sim.hub(2).stop("lamp");
      await sim.run(1_000);
      expect(await told(sim)).toEqual([]);
      expect(sim.hub(0).stats().watched).toBe(0);
      await sim.check();
    }));
});

describe("a watch goes along with its actor", () => {
  test("to another node, and is the old node's no more", () =>
    simulate(options, async (sim) => {
      await watching(sim);
      await sim.hub(0).move("guard", { node: "node-2" });
      await sim.run(1_000);
      expect([0, 1, 2].map((at) => sim.hub(at).stats().watched)).toEqual([0, 0, 1]);
      await sim.hub(0).stop("lamp");
      await heard(sim);
      expect(await told(sim, 0)).toEqual([{ id: "lamp", reason: "Stop" }]);
      await sim.check();
    }));

  test.each([0, 1, 2, 3, 5, 8])("whose actor ends %i ms after its own move has begun", (afterMs) =>
    simulate(options, async (sim) => {
      await watching(sim);
      const moved = sim.hub(0).move("guard", { node: "node-2" });
      await sim.run(afterMs);
      await sim.hub(1).stop("lamp");
      await moved;
      await heard(sim);
      expect(await told(sim, 0)).toEqual([{ id: "lamp", reason: "Stop" }]);
      await sim.check();
    }),
  );

  test("to a standby, whenever its actor ended: it is told at least once, and what its state has is told once", () =>
    simulate({ ...options, hub: twice }, async (sim) => {
      await watching(sim);
      await sim.until("standbys", () => sim.hub(0).stats().standby.unacknowledged === 0, 5_000);
      await sim.run(1_000);
      sim.crash(0);
      await sim.hub(1).stop("lamp");
      await sim.run(10_000);
      expect(nodeOf(sim, "guard", 1)).toBe("node-2");
      expect(await told(sim, 1)).toEqual([{ id: "lamp", reason: "Stop" }]);
      await sim.check();
    }));
});

test("questions that are lost are asked again: no network that drops some of all makes an end of an actor that lives", () =>
  simulate({ ...options, faults: { drop: 0.2 } }, async (sim) => {
    await watching(sim);
    for (let i = 0; i < 5; i++) {
      sim.cut([[0], [1, 2]]);
      await sim.hub(0).ref(Guard, "guard").ask("watch", "lamp");
      await sim.run(100);
      sim.heal();
      await sim.run(300);
    }
    await sim.run(5_000);
    expect(await told(sim)).toEqual([]);
    await sim.check();
  }));

test.each([
  ["", /message/],
  ["nothing", /watch, unwatch, gone, told, wrong/],
])("the message %j is refused where it is given", (message, text) =>
  simulate(options, async (sim) => {
    await watching(sim);
    const wrong = sim.hub(0).ref(Guard, "guard").ask("wrong", message);
    await expect(wrong).rejects.toMatchObject({ code: "HubConfigError", message: expect.stringMatching(text) });
    await sim.check();
  }),
);
