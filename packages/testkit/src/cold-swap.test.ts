import { coldSwap, createRing } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = Array.from({ length: 200 }, (_, i) => `a-${i}`);
const ringOf = (nodes: readonly number[]) => createRing({ nodes: nodes.map((n) => `node-${n}`) });
/** Ids that belong to a node while there are such nodes, one after the other. */
const those = (...homes: readonly (readonly [node: number, nodes: readonly number[]])[]): string[] =>
  ids.filter((id) => homes.every(([node, nodes]) => ringOf(nodes).owner(id) === `node-${node}`));
const hostOf = (sim: Simulation, id: string): string => sim.hub(1).lookup(id)?.replicas[0]?.node ?? "";
const handled = (sim: Simulation, id: string): unknown[] =>
  sim.history.events.flatMap((event) => (event.kind === "handling" && event.message.to === id ? [event.message.input] : []));

test("what an actor sent, and still waits for its way when it is swapped, is refused: what it sends from its new place comes first", () => {
  const [sender = ""] = those([0, [0, 1, 2]], [0, [0, 1]], [3, [0, 1, 3]], [3, [0, 1, 2, 3]]);
  const [target = ""] = those([2, [0, 1, 2]], [1, [0, 1]], [1, [0, 1, 3]], [2, [1, 2, 3]]);
  return simulate({ seed: 1, nodes: 3, actors: [Ledger], hub: { migration: coldSwap() } }, async (sim) => {
    for (const id of [sender, target]) await sim.hub(1).start(Ledger, { id });
    const ref = sim.hub(1).ref(Ledger, sender);
    sim.cut([[0], [2]]);
    await sim.until("the sender's node lost sight of the target's", () => sim.hub(0).nodes().length === 1);
    ref.tell("pass", { n: 1, to: target });
    await sim.run(100);
    await sim.join();
    await sim.until("the sender was swapped", () => hostOf(sim, sender) === "node-3");
    ref.tell("pass", { n: 2, to: target });
    await sim.until("the later one was handled", () => handled(sim, target).length > 0);
    const isOver = (): boolean =>
      sim.history.events.some((event) => event.kind === "event" && event.name === "childrenMoved" && event.node === "node-0");
    await sim.until("its first place has let it go", isOver);
    sim.heal();
    await sim.run(3_000);
    expect(handled(sim, target)).toEqual([{ n: 2 }]);
    await sim.check();
  });
});

test("actors that talk to each other are swapped together without waiting for each other", () => {
  const [one = "", other = ""] = those([0, [0]], [1, [0, 1]]);
  return simulate({ seed: 1, nodes: 1, actors: [Ledger], hub: { migration: coldSwap() } }, async (sim) => {
    for (const id of [one, other]) await sim.hub(0).start(Ledger, { id });
    await sim.hub(0).ref(Ledger, one).ask("consult", { n: 1, to: other });
    await sim.hub(0).ref(Ledger, other).ask("consult", { n: 2, to: one });
    let beganAtMs = 0;
    sim.hub(0).on("childrenMoving", () => {
      beganAtMs = sim.nowMs;
    });
    await sim.join();
    await sim.until("both run on the newcomer", () => [one, other].every((id) => hostOf(sim, id) === "node-1"));
    expect(sim.nowMs - beganAtMs).toBeLessThan(100);
    await sim.check();
  });
});
