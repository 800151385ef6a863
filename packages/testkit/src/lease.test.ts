import { child, hubSettings } from "@process-hub/cluster";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { MemoryLease } from "./campaign/memory-lease.js";
import { type Simulation, simulate } from "./index.js";

const ttlMs = 4_000;
/** Short ones, so that a cluster comes to rest soon. */
const timings = { handoffTimeoutMs: 1_000, askTimeoutMs: 1_000 };

function story(
  nodes: number,
  tell: (sim: Simulation, lease: MemoryLease, ids: readonly string[]) => Promise<void>,
  how?: "freeze",
): Promise<void> {
  const lease = new MemoryLease(ttlMs, how);
  const hub = { timings, partitionTolerance: lease.strategy };
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger], hub }, async (sim) => {
    await sim.until("all nodes serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
    const ids = Array.from({ length: nodes * 2 }, (_, i) => `a-${i}`);
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.until("all nodes know all actors", () => sim.nodes.every((node) => node.hub.list().length === ids.length));
    await sim.run(1_000);
    await tell(sim, lease, ids);
  });
}

/** Every node tells every actor something now and then: duplicates that run side by side would handle it. */
async function talk(sim: Simulation, ids: readonly string[], forMs: number): Promise<void> {
  for (const endMs = sim.nowMs + forMs; sim.nowMs < endMs; await sim.run(400)) {
    for (const { hub, state } of sim.nodes)
      if (state === "up") for (const id of ids) hub.ref(Ledger, id).tell("note", { n: Math.floor(sim.nowMs) });
  }
}

const paused = (sim: Simulation): number[] => sim.nodes.flatMap(({ hub }, index) => (hub.isPartitioned() ? [index] : []));
const indexOf = (sim: Simulation, name: string | undefined): number => sim.nodes.findIndex((node) => node.name === name);

describe.each([2, 3, 4, 5])("a lease for %i nodes", (nodes) => {
  const all = Array.from({ length: nodes }, (_, i) => i);

  test("a cut that leaves the store to all: the holder's side serves, however small, and it heals", () =>
    story(nodes, async (sim, lease, ids) => {
      const holder = indexOf(sim, lease.holder);
      const others = all.filter((index) => index !== holder);
      sim.cut([[holder], others]);
      await talk(sim, ids, 8_000);
      expect(paused(sim)).toEqual(others);
      await expect(sim.hub(others[0] ?? 0).start(Ledger, { id: "one-more" })).rejects.toThrow(
        expect.objectContaining({ code: "Partitioned" }),
      );
      expect(sim.hub(holder).list("local")).toHaveLength(ids.length);
      sim.heal();
      await talk(sim, ids, 4_000);
      expect(paused(sim)).toEqual([]);
      await sim.check();
      expect(sim.hub(0).list()).toHaveLength(ids.length);
    }));

  test("a cut that parts the holder from the store: the other side takes the lease after its time, and serves alone", () =>
    story(nodes, async (sim, lease, ids) => {
      const holder = indexOf(sim, lease.holder);
      const others = all.filter((index) => index !== holder);
      sim.cut([[holder], others]);
      lease.reaches = (node) => node !== sim.nodes[holder]?.name;
      await talk(sim, ids, 12_000);
      expect(paused(sim)).toEqual([holder]);
      expect(others).toContain(indexOf(sim, lease.holder));
      expect(sim.hub(others[0] ?? 0).list()).toHaveLength(ids.length);
      lease.reaches = () => true;
      sim.heal();
      await talk(sim, ids, 5_000);
      expect(paused(sim)).toEqual([]);
      await sim.check();
    }));

  test("a store that nobody reaches: nobody serves, and all go on when it is back", () =>
    story(
      nodes,
      async (sim, lease, ids) => {
        for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
        lease.reaches = () => false;
        await sim.run(ttlMs + 2_000);
        expect(paused(sim)).toEqual(all);
        lease.reaches = () => true;
        await sim.until("all serve", () => paused(sim).length === 0);
        await sim.run(1_000);
        for (const id of ids) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
        await sim.check();
      },
      "freeze",
    ));

  test("the holder dies: another has the lease after its time, and runs what the dead one ran", () =>
    story(nodes, async (sim, lease, ids) => {
      const holder = indexOf(sim, lease.holder);
      const [other = 0] = all.filter((index) => index !== holder);
      sim.crash(holder);
      await talk(sim, ids, 12_000);
      expect(sim.hub(other).isPartitioned()).toBe(false);
      expect(sim.hub(other).list()).toHaveLength(ids.length);
      await sim.restart(holder);
      await sim.until("it serves", () => paused(sim).length === 0);
      await sim.check();
    }));
});

/** What docs/partitions.md says of it, at the default timings. */
test.each([0, 1, 2, 3, 4, 5])(
  "the holder dies (%i): from when nobody serves, when the others do, and when its actors run again",
  (n) =>
    story(3, async (sim, lease, ids) => {
      const { heartbeatIntervalMs, suspectAfterMs, downAfterMs } = hubSettings({ id: "x" }).timings;
      await sim.run((n * ttlMs) / 24);
      const holder = indexOf(sim, lease.holder);
      const others = [0, 1, 2].filter((index) => index !== holder);
      const diedAtMs = sim.nowMs;
      sim.crash(holder);
      const pausing = () => paused(sim).filter((index) => index !== holder).length;
      const runs = (id: string) => others.some((at) => sim.hub(at).lookup(id)?.replicas[0]?.node === sim.nodes[at]?.name);
      const after = async (what: string, check: () => boolean): Promise<number> => {
        await sim.until(what, check);
        return sim.nowMs - diedAtMs;
      };

      const pausedMs = await after("nobody serves", () => pausing() === 2);
      const servesMs = await after("the others serve", () => pausing() === 0);
      const allRunMs = await after("all run", () => ids.every((id) => runs(id)));

      expect(pausedMs).toBeLessThanOrEqual(downAfterMs - heartbeatIntervalMs);
      expect(servesMs).toBeGreaterThan((3 / 4) * ttlMs + suspectAfterMs);
      expect(servesMs).toBeLessThanOrEqual((5 / 4) * ttlMs + suspectAfterMs + 2 * heartbeatIntervalMs);
      expect(allRunMs - servesMs).toBeGreaterThanOrEqual(suspectAfterMs - heartbeatIntervalMs);
      expect(allRunMs - servesMs).toBeLessThanOrEqual(suspectAfterMs + 2 * heartbeatIntervalMs);
    }),
);

test("the holder leaves: its lease goes to the one that has been there for longest, and nobody pauses", () =>
  story(3, async (sim, lease, ids) => {
    const holder = indexOf(sim, lease.holder);
    const others = [0, 1, 2].filter((index) => index !== holder);
    await sim.leave(holder);
    for (const endMs = sim.nowMs + 6_000; sim.nowMs < endMs; await sim.run(100))
      expect(others.filter((index) => sim.hub(index).isPartitioned())).toEqual([]);
    expect(indexOf(sim, lease.holder)).toBe(others[0]);
    expect(sim.hub(others[0] ?? 0).list()).toHaveLength(ids.length);
    await sim.check();
  }));

test("a holder that stood still for longer than its lease serves nothing when it wakes, and joins the new holder's side", () =>
  story(3, async (sim, lease, ids) => {
    const holder = indexOf(sim, lease.holder);
    sim.freeze(holder);
    await sim.run(4_000);
    await talk(sim, ids, 6_000);
    sim.thaw(holder);
    await sim.run(4_000);
    await talk(sim, ids, 2_000);
    expect(paused(sim)).toEqual([]);
    expect(indexOf(sim, lease.holder)).not.toBe(holder);
    await sim.check();
  }));
