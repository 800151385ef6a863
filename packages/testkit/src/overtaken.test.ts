import { hotSwap, majorityQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
const hostOf = (sim: Simulation, id: string, by = 1): string => sim.hub(by).lookup(id)?.replicas[0]?.node ?? "";
const noted = (sim: Simulation, kind: "made" | "handling", id: string, n: number): boolean =>
  sim.history.events.some(
    (event) => event.kind === kind && event.message.to === id && JSON.stringify(event.message.input) === JSON.stringify({ n }),
  );
const made = (sim: Simulation, id: string, n: number): boolean => noted(sim, "made", id, n);
const handled = (sim: Simulation, id: string, n: number): boolean => noted(sim, "handling", id, n);

/** An actor on each of two nodes, or two on one. */
async function two(sim: Simulation, first: string, second: string): Promise<[string, string]> {
  await sim.until("all nodes serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
  for (const id of ids) await sim.hub(0).start(Ledger, { id });
  await sim.run(100);
  const a = ids.find((id) => hostOf(sim, id) === first) ?? "";
  const b = ids.find((id) => id !== a && hostOf(sim, id) === second) ?? "";
  return [a, b];
}

describe("what a node that froze had taken in is refused, when later messages may have gone another way", () => {
  const options = {
    seed: 3,
    nodes: 4,
    actors: [Ledger],
    hub: { migration: hotSwap(), partitionTolerance: majorityQuorum({ initialSize: 4 }) },
  };

  test("its sender moved, and sent on from elsewhere", () =>
    simulate(options, async (sim) => {
      const [target, sender] = await two(sim, "node-0", "node-1");
      sim.freeze(0);
      sim.hub(1).ref(Ledger, sender).tell("consult", { n: 1, to: target });
      await sim.run(50);
      await sim.until("the target runs elsewhere", () => !["", "node-0"].includes(hostOf(sim, target)));
      await sim.hub(1).move(sender, { node: "node-2", thread: 0 });
      sim.hub(1).ref(Ledger, sender).tell("pass", { n: 2, to: target });
      await sim.until("the later one was handled", () => handled(sim, target, 2));
      sim.thaw(0);
      await sim.until("it serves again", () => !sim.hub(0).isPartitioned());
      await sim.run(2_000);
      expect(handled(sim, target, 1)).toBe(false);
      await sim.check();
    }));

  test("its sender froze with it, and others went on as both", () =>
    simulate(options, async (sim) => {
      const [target, sender] = await two(sim, "node-0", "node-0");
      sim.hub(0).ref(Ledger, sender).tell("pass", { n: 1, to: target });
      await sim.until("it was sent", () => made(sim, target, 1));
      sim.freeze(0);
      const elsewhere = (id: string): boolean => !["", "node-0"].includes(hostOf(sim, id));
      await sim.until("both run elsewhere", () => elsewhere(target) && elsewhere(sender));
      sim.hub(1).ref(Ledger, sender).tell("pass", { n: 2, to: target });
      await sim.until("the later one was handled", () => handled(sim, target, 2));
      sim.thaw(0);
      await sim.until("it serves again", () => !sim.hub(0).isPartitioned());
      await sim.run(2_000);
      expect(handled(sim, target, 1)).toBe(false);
      await sim.check();
    }));

  test("its sender froze before it was sent, and others went on as it", () =>
    simulate(options, async (sim) => {
      const [target, sender] = await two(sim, "node-1", "node-0");
      const ref = sim.hub(0).ref(Ledger, sender);
      ref.tell("pass", { n: 0, to: target });
      await sim.until("the sender knows the way", () => handled(sim, target, 0));
      const moved = sim.hub(1).move(target, { node: "node-2", thread: 0 });
      await sim.until("that way is closed", () => hostOf(sim, target, 0) === "node-2");
      ref.tell("pass", { n: 1, to: target });
      await sim.until("it is held", () => made(sim, target, 1));
      sim.freeze(0);
      await moved;
      await sim.until("others went on", () => !["", "node-0"].includes(hostOf(sim, sender)));
      sim.hub(1).ref(Ledger, sender).tell("pass", { n: 2, to: target });
      await sim.until("the later one was handled", () => handled(sim, target, 2));
      sim.thaw(0);
      await sim.until("it serves again", () => !sim.hub(0).isPartitioned());
      await sim.run(2_000);
      expect(handled(sim, target, 1)).toBe(false);
      await sim.check();
    }));
});

test("what a node was to pass on when it froze is refused, when its sender lost sight of that node and sent on by another way", () =>
  simulate({ seed: 4, nodes: 4, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const [target] = await two(sim, "node-0", "node-1");
    const ref = sim.hub(1).ref(Ledger, target);
    await ref.ask("note", { n: 0 });
    const moved = sim.hub(0).move(target, { node: "node-3", thread: 0 });
    await sim.until("it has moved", () =>
      sim
        .hub(3)
        .list("local")
        .some(({ id }) => id === target),
    );
    expect(hostOf(sim, target)).toBe("node-0");
    ref.tell("note", { n: 1 });
    sim.freeze(0);
    await sim.until("its sender lost sight", () => sim.hub(1).nodes().length === 2);
    ref.tell("note", { n: 2 });
    await sim.until("the later one was handled", () => handled(sim, target, 2));
    expect(sim.hub(3).nodes().length).toBe(3);
    sim.thaw(0);
    await moved;
    await sim.run(3_000);
    expect(handled(sim, target, 1)).toBe(false);
    await sim.check();
  }));
