import { defineActor } from "@process-hub/actor";
import { hotSwap, staticQuorum } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { Ledger } from "./campaign/ledger.actor.js";
import { gate } from "./fixtures/gate.js";
import { simulate } from "./simulate.js";

test.each([1, 2, 3])("actors that are sent to a node while it leaves keep their state (seed %i)", (seed) =>
  simulate({ seed, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) expect(await (await sim.hub(1).start(Ledger, { id })).ask("note", { n: 1 })).toBe(1);
    let left = false;
    const leave = sim.leave(0).then(() => {
      left = true;
    });
    const send = async (some: readonly string[]): Promise<void> => {
      for (let i = 0; !left && i < 400; i++) {
        const move = sim.hub(1).move(some[i % some.length] as string, { node: "node-0" });
        await move.catch(() => sim.run(0.2));
      }
    };
    await Promise.all([leave, send(ids.slice(0, 6)), send(ids.slice(6))]);
    for (const id of ids) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
    await sim.check();
  }),
);

test("a node hands over all its actors, more than it may forward for", () => {
  const hub = { migration: hotSwap(), limits: { forwardings: 4 } };
  return simulate({ seed: 1, nodes: 3, actors: [Ledger], hub }, async (sim) => {
    const ids = Array.from({ length: 60 }, (_, i) => `a-${i}`);
    for (const id of ids) expect(await (await sim.hub(1).start(Ledger, { id })).ask("note", { n: 1 })).toBe(1);
    await sim.leave(0);
    for (const id of ids) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
    await sim.check();
  });
});

test("the actors of a node that died, and is back, start there though all who knew them leave just then", () =>
  simulate({ seed: 1, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    sim.crash(0);
    await sim.restart(0);
    const given = () => sim.history.events.filter((event) => event.kind === "event" && event.name === "memberLeft");
    await sim.until("both others have given its last life up", () => given().length === 2);
    await Promise.all([sim.leave(1), sim.leave(2)]);
    for (const id of ids) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 })).toBe(1);
    await sim.check();
  }));

test("what waits in an actor of a paused node has its fate when that node leaves", () => {
  const { open, opened } = gate();
  const Slow = defineActor({ name: "slow", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
    "note",
    {},
    () => opened,
  );
  const hub = { migration: hotSwap(), partitionTolerance: staticQuorum({ size: 2, whilePaused: "freeze" }) };
  return simulate({ seed: 1, nodes: 3, actors: [Slow], hub }, async (sim) => {
    await sim.until("all nodes serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
    const slow = await sim.hub(0).start(Slow, { id: "a" });
    await sim
      .hub(0)
      .move("a", { node: "node-0" })
      .catch(() => {});
    for (let i = 0; i < 5; i++) slow.tell("note");
    await sim.run(100);
    sim.cut([[0], [1, 2]]);
    await sim.until("its node is paused", () => sim.hub(0).isPartitioned());
    open();
    await sim.leave(0);
    const { sent, handled, deadLettered } = sim.hub(0).stats().messages;
    expect({ sent, handled, deadLettered }).toEqual({ sent: 5, handled: 1, deadLettered: 4 });
    sim.heal();
    await sim.check();
  });
});

test("what a node had yet to send beyond a cut has its fate when it leaves", () =>
  simulate({ seed: 1, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const theirs = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node !== "node-0");
    sim.cut([[0], [1, 2]]);
    for (const id of theirs) sim.hub(0).ref(Ledger, id).tell("note", { n: 1 });
    await sim.hub(0).close({ deadlineMs: 1_000 });
    expect(sim.hub(0).stats().messages).toMatchObject({ sent: theirs.length, deadLettered: theirs.length });
    sim.heal();
    await sim.check();
  }));
