import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

test("a node that was frozen past its lease runs no handler until it is a member again", () =>
  simulate({ seed: 11, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const frozenOnes = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
    expect(frozenOnes.length).toBeGreaterThan(0);
    for (const id of frozenOnes) sim.hub(0).ref(Ledger, id).tell("note", { n: 1 });
    sim.freeze(2);
    await sim.until("the others take over", () =>
      frozenOnes.every((id) => sim.hub(0).lookup(id)?.replicas[0]?.node !== "node-2"),
    );
    for (const id of frozenOnes) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 2 })).toBe(1);
    sim.thaw(2);
    const thawedAtMs = sim.nowMs;
    await sim.until("it is a member again", () => sim.hub(2).nodes().length === 2 && sim.hub(0).nodes().length === 2);
    await sim.run(200);
    const early = sim.history.events.filter(
      (event) =>
        event.kind === "handling" &&
        event.place.startsWith("node-2") &&
        event.atMs >= thawedAtMs &&
        event.atMs < thawedAtMs + 500,
    );
    expect(early).toEqual([]);
    await sim.check();
  }));

test("a node that is frozen again before it serves again runs nothing when it thaws", () =>
  simulate({ seed: 11, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const frozenOnes = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
    const givenUp = (): Promise<void> =>
      sim.until("the others gave it up", () => [0, 1].every((i) => sim.hub(i).nodes().length === 1));
    sim.freeze(2);
    await givenUp();
    sim.thaw(2);
    await sim.until("it is a member again", () => sim.nodes.every(({ hub }) => hub.nodes().length === 2));
    await sim.run(700);
    sim.freeze(2);
    await givenUp();
    for (const id of frozenOnes) sim.hub(2).ref(Ledger, id).tell("note", { n: 1 });
    sim.thaw(2);
    const thawedAtMs = sim.nowMs;
    await sim.run(1_400);
    const early = sim.history.events.filter(
      (event) => event.kind === "handling" && event.place.startsWith("node-2") && event.atMs >= thawedAtMs,
    );
    expect(early).toEqual([]);
    await sim.check();
  }));

test("a node that leaves just after a stall hands its actors over with what they know", () =>
  simulate({ seed: 11, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
    sim.freeze(2);
    await sim.run(1_700);
    sim.thaw(2);
    await sim.leave(2);
    for (const id of ids) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
    await sim.check();
  }));

test("what others ran while it slept, and lost with one of them before it woke, goes on there above their epochs", () =>
  simulate({ seed: 11, nodes: 4, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const host = (id: string): string | undefined => sim.hub(0).lookup(id)?.replicas[0]?.node;
    const frozenOnes = ids.filter((id) => host(id) === "node-2");
    sim.freeze(2);
    await sim.until("the others take over", () => frozenOnes.every((id) => ![undefined, "node-2"].includes(host(id))));
    const taker = sim.nodes.findIndex(({ name }, index) => index !== 0 && frozenOnes.some((id) => host(id) === name));
    const lost = frozenOnes.filter((id) => host(id) === `node-${taker}`);
    expect(lost.length).toBeGreaterThan(0);
    for (const id of lost) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 })).toBe(1);
    sim.crash(taker);
    sim.thaw(2);
    for (const id of lost) sim.hub(2).ref(Ledger, id).tell("note", { n: 2 });
    await sim.check();
    for (const id of lost) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 3 })).toBe(2);
  }));

test("a node that wakes does not start what runs at nodes that it takes for dead at first", () =>
  simulate({ seed: 11, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    sim.freeze(2);
    await sim.until("the others gave it up", () => [0, 1].every((index) => sim.hub(index).nodes().length === 1));
    sim.thaw(2);
    await sim.check();
    const done = sim.history.events.flatMap((event) => (event.kind === "event" && event.node === "node-2" ? [event.name] : []));
    expect(done).toContain("memberLeft");
    expect(done).not.toContain("childRestarted");
  }));
