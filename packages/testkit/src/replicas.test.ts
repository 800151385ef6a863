import { child, type HubOptions } from "@process-hub/cluster";
import { coldSwap, hotSwap, replication } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { checkConservation } from "./checkers/conservation.js";
import { checkSettled } from "./checkers/settled.js";
import { Tally } from "./fixtures/tally.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = Array.from({ length: 12 }, (_, i) => `t-${i}`);
const life = (hub: Omit<HubOptions, "id">, story: (sim: Simulation) => Promise<void>, seed = 1) =>
  simulate(
    { seed, nodes: 3, actors: [Tally], hub: { migration: hotSwap(), redundancy: replication({ signal: "all" }), ...hub } },
    story,
  );
const up = (sim: Simulation): number[] => sim.nodes.flatMap(({ state }, index) => (state === "up" ? [index] : []));
const active = (sim: Simulation, id: string, by = up(sim)[0] ?? 0): number =>
  sim.nodes.findIndex(({ name }) => name === sim.hub(by).lookup(id)?.replicas[0]?.node);
const started = (sim: Simulation): Promise<unknown> => sim.hub(0).startChildren(ids.map((id) => child(Tally, { id })));
const counts = (sim: Simulation): Promise<number[]> => {
  const hub = sim.hub(up(sim)[0] ?? 0);
  return Promise.all(ids.map(async (id) => (await hub.ref(Tally, id).ask("read")).count));
};
const add = async (sim: Simulation, times: number): Promise<void> => {
  for (const id of ids) {
    const ref = sim.hub(up(sim)[0] ?? 0).ref(Tally, id);
    for (let i = 0; i < times; i++) await ref.ask("add");
  }
};
const behind = (sim: Simulation): number =>
  up(sim).reduce((sum, index) => sum + sim.hub(index).stats().standby.unacknowledged, 0);
const safe = (sim: Simulation): Promise<void> => sim.until("standbys have all", () => behind(sim) === 0, 10_000);

/** What is planned, and then a crash before its standbys can have caught up by themselves. */
const planned: Readonly<Record<string, (sim: Simulation) => Promise<unknown>>> = {
  "actors move to a node": (sim) =>
    Promise.all(
      ids.map((id) =>
        sim
          .hub(0)
          .move(id, { node: "node-1" })
          .catch(() => {}),
      ),
    ),
  "a node joins": (sim) => sim.join(),
  "a node leaves": (sim) => sim.leave(2),
};

describe.each(Object.entries(planned))("%s, and another dies at once", (_, change) => {
  test.each([0, 100])("after %i ms: no state is lost, though there is one standby of each", (afterMs) =>
    life({ redundancy: replication({ factor: 2 }) }, async (sim) => {
      await sim.join();
      await sim.run(3_000);
      await started(sim);
      await add(sim, 3);
      await sim.until(
        "each has its standby",
        () => ids.every((id) => sim.hub(0).lookup(id)?.replicas.length === 2) && behind(sim) === 0,
      );
      await change(sim);
      await sim.run(afterMs);
      sim.crash(1);
      await sim.run(8_000);
      expect(await counts(sim)).toEqual(ids.map(() => 3));
      await sim.check();
    }),
  );
});

describe("with a standby nothing is lost that it had", () => {
  test("when the node of the active one crashes", () =>
    life({}, async (sim) => {
      await started(sim);
      await add(sim, 3);
      await safe(sim);
      sim.crash(active(sim, "t-0"));
      await sim.run(5_000);
      expect(await counts(sim)).toEqual(ids.map(() => 3));
      await sim.check();
    }));

  test("when the node of the active one crashes, then the one that took over", () =>
    life({}, async (sim) => {
      await started(sim);
      await add(sim, 3);
      await sim.join();
      await sim.run(3_000);
      await safe(sim);
      sim.crash(active(sim, "t-0"));
      await sim.run(6_000);
      await add(sim, 1);
      await safe(sim);
      sim.crash(active(sim, "t-0"));
      await sim.run(5_000);
      expect(await counts(sim)).toEqual(ids.map(() => 4));
      await sim.check();
    }));

  test("when the thread of the active one dies: the node gets the state back from the standby", () =>
    life({}, async (sim) => {
      await started(sim);
      await add(sim, 3);
      await safe(sim);
      sim.killThread(0, 0);
      sim.killThread(1, 1);
      await sim.run(2_000);
      expect(await counts(sim)).toEqual(ids.map(() => 3));
      await sim.check();
    }));

  test("when actors are stopped here and started there, as a cold swap does", () =>
    life({ migration: coldSwap() }, async (sim) => {
      await started(sim);
      await add(sim, 3);
      await safe(sim);
      await add(sim, 1);
      await sim.join();
      await sim.run(5_000);
      expect(await counts(sim)).toEqual(ids.map(() => 4));
      await sim.check();
    }));

  test("of its timers either", () =>
    life({}, async (sim) => {
      await started(sim);
      const ref = sim.hub(0).ref(Tally, "t-0");
      ref.tell("remind", { inMs: 20_000 });
      await ref.ask("add");
      await safe(sim);
      sim.crash(active(sim, "t-0"));
      await sim.run(30_000);
      expect(
        (
          await sim
            .hub(up(sim)[0] ?? 0)
            .ref(Tally, "t-0")
            .ask("read")
        ).count,
      ).toBe(2);
    }));
});

test("without standby a passive replica takes over as it began", () =>
  life({ redundancy: replication({ standby: false }) }, async (sim) => {
    await started(sim);
    await add(sim, 3);
    await sim.run(1_000);
    const gone = active(sim, "t-0");
    sim.crash(gone);
    await sim.run(5_000);
    expect(
      await sim
        .hub(up(sim)[0] ?? 0)
        .ref(Tally, "t-0")
        .ask("read"),
    ).toEqual({ count: 0, mode: "active" });
    await sim.check();
  }));

test("an id that was stopped and started again begins anew, whatever replicas there were", () =>
  life({}, async (sim) => {
    await started(sim);
    await add(sim, 3);
    await safe(sim);
    await sim.hub(0).stopChildren(ids);
    await started(sim);
    sim.crash(active(sim, "t-0"));
    await sim.run(5_000);
    expect(await counts(sim)).toEqual(ids.map(() => 0));
    await sim.check();
  }));

test("the recovery point is visible: what no standby has, and since when", () =>
  life({}, async (sim) => {
    await started(sim);
    await sim.run(2_000);
    await add(sim, 1);
    await safe(sim);
    const home = active(sim, "t-0");
    expect(sim.hub(home).stats().standby).toMatchObject({ unacknowledged: 0, oldestUnacknowledgedMs: 0 });
    expect(up(sim).reduce((sum, index) => sum + sim.hub(index).stats().standby.actors, 0)).toBe(ids.length);
    sim.cut([[home], [0, 1, 2].filter((index) => index !== home)]);
    await sim.hub(home).ref(Tally, "t-0").ask("add");
    await sim.run(300);
    const { unacknowledged, oldestUnacknowledgedMs } = sim.hub(home).stats().standby;
    expect(unacknowledged).toBe(1);
    expect(oldestUnacknowledgedMs).toBeGreaterThan(290);
    expect(oldestUnacknowledgedMs).toBeLessThan(310);
  }));

describe("active-active", () => {
  const everywhere = { redundancy: replication({ factor: "cluster", model: "active-active", signal: "all" }) };
  const replicas = (sim: Simulation, id: string): number => sim.hub(up(sim)[0] ?? 0).lookup(id)?.replicas.length ?? 0;
  const full = (sim: Simulation): Promise<void> =>
    sim.until("a replica on every node", () => ids.every((id) => replicas(sim, id) === up(sim).length), 20_000);
  /** Nothing waits, nothing is lost, and every node knows the same replicas. */
  const whole = async (sim: Simulation): Promise<void> => {
    await sim.run(20_000);
    expect([...checkConservation(sim), ...checkSettled(sim)]).toEqual([]);
    const [first, ...others] = up(sim).map((index) =>
      JSON.stringify(
        sim
          .hub(index)
          .dump()
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      ),
    );
    for (const other of others) expect(other).toBe(first);
  };

  test("ask and tell go to the replica of one's own node, and all are active", () =>
    life(everywhere, async (sim) => {
      await started(sim);
      await full(sim);
      for (const index of [0, 1, 2]) {
        for (let i = 0; i <= index; i++) sim.hub(index).ref(Tally, "t-0").tell("add");
        expect(await sim.hub(index).ref(Tally, "t-0").ask("read")).toEqual({ count: index + 1, mode: "active" });
      }
      expect(
        sim
          .hub(0)
          .lookup("t-0")
          ?.replicas.map(({ mode }) => mode),
      ).toEqual(["active", "active", "active"]);
      await whole(sim);
    }));

  test("senders find a replica that comes nearer, and the active one when theirs goes: no message is lost", () =>
    life({ ...everywhere, redundancy: replication({ factor: 2, model: "active-active" }) }, async (sim) => {
      await started(sim);
      let moves = 0;
      const tell = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) {
          for (const index of up(sim)) for (const id of ids) sim.hub(index).ref(Tally, id).tell("add");
          await sim.run(30);
        }
      };
      await tell(25);
      await sim.join();
      await tell(45);
      for (const id of ids) await sim.hub(0).move(id, { node: `node-${moves++ % 3}` });
      await tell(30);
      await sim.leave(1);
      await tell(30);
      await whole(sim);
      expect(sim.history.events.filter((event) => event.kind === "event" && event.name === "deadLetter")).toEqual([]);
    }));

  test("the replica of the next owner becomes the first one, with what it has, when that one's node crashes", () =>
    life(everywhere, async (sim) => {
      await started(sim);
      await full(sim);
      const gone = active(sim, "t-0");
      const left = up(sim).filter((index) => index !== gone);
      for (const index of left) for (const id of ids) await sim.hub(index).ref(Tally, id).ask("add");
      sim.crash(gone);
      await sim.run(6_000);
      for (const index of left)
        for (const id of ids) expect(await sim.hub(index).ref(Tally, id).ask("read")).toEqual({ count: 1, mode: "active" });
      expect(new Set(ids.map((id) => replicas(sim, id)))).toEqual(new Set([2]));
      await whole(sim);
    }));

  test("a stop ends all replicas", () =>
    life(everywhere, async (sim) => {
      await started(sim);
      await full(sim);
      await sim.hub(0).stop("t-0");
      await sim.run(1_000);
      expect(sim.cells().filter(({ cell }) => cell.id === "t-0")).toEqual([]);
      await expect(sim.hub(1).ref(Tally, "t-0").ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
    }));
});

describe("after any joins, leaves, crashes, cuts and heals", () => {
  /** Every signal, in order, by replica: what one node keeps of one id. */
  const heard = (sim: Simulation, signals: Map<string, string[]>): void => {
    for (const { name, hub } of sim.nodes) {
      hub.on("log", ({ id, message, data }) => {
        if (message !== "active" && message !== "passive") return;
        expect(data).toBe(message);
        const replica = `${id} on ${name}`;
        signals.set(replica, [...(signals.get(replica) ?? []), message]);
      });
    }
  };

  test.each(Array.from({ length: 20 }, (_, i) => i + 1))("one replica of each is active (seed %i)", (seed) =>
    life(
      { redundancy: replication({ factor: seed % 5 === 0 ? "cluster" : 2 + (seed % 2), standby: seed % 3 > 0 }) },
      async (sim) => {
        await started(sim);
        for (let act = 0; act < 8; act++) {
          const chance = sim.random.next();
          const nodes = up(sim);
          const one = nodes[Math.floor(sim.random.next() * nodes.length)] ?? 0;
          if (chance < 0.25) await sim.join();
          else if (chance < 0.5 && nodes.length > 2) await sim.leave(one);
          else if (chance < 0.75 && nodes.length > 2) sim.crash(one);
          else {
            sim.cut([[one], nodes.filter((index) => index !== one)]);
            await sim.run(sim.random.next() * 6_000);
            sim.heal();
          }
          await sim.run(sim.random.next() * 4_000);
        }
        await sim.check();
      },
      seed,
    ),
  );

  test("every change is signalled once: on start, and when a replica's mode changes", () =>
    life({}, async (sim) => {
      const signals = new Map<string, string[]>();
      heard(sim, signals);
      await started(sim);
      await sim.run(2_000);
      const home = active(sim, "t-0");
      const name = `t-0 on node-${home}`;
      expect(signals.get(name)).toEqual(["active"]);
      const other = sim.hub(0).lookup("t-0")?.replicas[1]?.node ?? "";
      expect(signals.get(`t-0 on ${other}`)).toEqual(["passive"]);
      await sim.hub(0).move("t-0", { node: other });
      await sim.run(2_000);
      expect(signals.get(`t-0 on ${other}`)).toEqual(["passive", "active"]);
      expect(signals.get(name)).toEqual(["active", "passive"]);
      await sim.leave(sim.nodes.findIndex((node) => node.name === other));
      await sim.run(3_000);
      expect(signals.get(name)).toEqual(["active", "passive", "active"]);
      for (const { id, replicas } of sim.hub(home).dump()) {
        for (const { node, mode } of replicas) expect(signals.get(`${id} on ${node}`)?.at(-1)).toBe(mode);
      }
      for (const heardBy of signals.values()) expect(heardBy.filter((mode, i) => mode === heardBy[i - 1])).toEqual([]);
    }));
});
