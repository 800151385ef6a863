import { expect, test } from "vitest";
import { Scout } from "./fixtures/scout.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { seed: 5, nodes: 3, actors: [Scout] };

async function scouts(sim: Simulation): Promise<void> {
  for (const [index, id] of ["a", "b", "c"].entries())
    await sim.hub(0).start(Scout, { id, tag: index === 0 ? "first" : "other", nodes: [`node-${index}`] });
  await sim.until("all know them", () => [0, 1, 2].every((at) => sim.hub(at).list("global").length === 3));
}

test("a handler on any thread of any node sees the members and the actors of the hub", () =>
  simulate(options, async (sim) => {
    await scouts(sim);
    const c = sim.hub(0).ref(Scout, "c");
    expect(await c.ask("nodes")).toEqual(["node-0", "node-1", "node-2"]);
    expect(await c.ask("tagged", "other")).toEqual([
      { id: "b", tag: "other" },
      { id: "c", tag: "other" },
    ]);
    expect(await c.ask("all")).toBe(3);
    await expect(c.ask("wrong")).rejects.toMatchObject({ code: "HubConfigError", message: expect.stringMatching(/nobody/) });
    await sim.check();
  }));

test("a handler ends an actor of another node; one that is not there, and itself, are refused by name", () =>
  simulate(options, async (sim) => {
    await scouts(sim);
    const c = sim.hub(0).ref(Scout, "c");
    await c.ask("stop", "a");
    expect(sim.hub(2).lookup("a")).toBeUndefined();
    await expect(c.ask("stop", "a")).rejects.toMatchObject({ code: "ActorNotFound" });
    await expect(c.ask("stop", "c")).rejects.toMatchObject({ message: expect.stringMatching(/stopSelf/) });
    await sim.check();
  }));
