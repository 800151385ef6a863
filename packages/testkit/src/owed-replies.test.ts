import { hotSwap, majorityQuorum, replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Lock } from "./fixtures/lock.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { nodes: 3, actors: [Lock] };
const lockOf = (sim: Simulation, at: number) => sim.hub(at).ref(Lock, "l");
const hostOf = (sim: Simulation): number => Number(sim.hub(0).lookup("l")?.replicas[0]?.node.at(-1));

test.each([1, 2, 3, 4])(
  "asks that wait for a lock are answered in turn, over moves; an abort or a timeout is passed over (seed %i)",
  (seed) =>
    simulate({ ...options, seed, faults: { delayMs: [0, 5] } }, async (sim) => {
      await sim.hub(0).start(Lock, { id: "l" });
      expect(await lockOf(sim, 0).ask("lock")).toBe(0);
      const gaveUp = new AbortController();
      const asks = [0, 1, 2].map((at) => lockOf(sim, at).ask("lock", undefined, { timeoutMs: 20_000 }));
      const aborted = lockOf(sim, 1)
        .ask("lock", undefined, { signal: gaveUp.signal })
        .catch(() => "aborted");
      const late = lockOf(sim, 2)
        .ask("lock", undefined, { timeoutMs: 30 })
        .catch(({ code, fields }) => [code, fields.id]);
      await sim.run(15);
      for (const by of [1, 2]) await sim.hub(0).move("l", { node: `node-${(hostOf(sim) + by) % 3}` });
      gaveUp.abort();
      expect([await aborted, await late]).toEqual(["aborted", ["AskTimeout", "l"]]);
      const given: number[] = [];
      for (const ask of asks) void ask.then((before) => given.push(before));
      for (let turn = 1; turn <= 3; turn++) {
        await lockOf(sim, turn % 3).ask("unlock");
        await sim.run(10);
        expect(given.length).toBe(turn);
      }
      expect(given).toEqual([1, 2, 3]);
      await lockOf(sim, 0).ask("unlock");
      expect(await lockOf(sim, 0).ask("seen")).toMatchObject({ held: false, given: 4, waiting: [] });
      await sim.check();
    }),
);

test.each([1, 2, 3, 4, 5, 6])("asks that wait outlive the node of their lock, where a standby has its state (seed %i)", (seed) =>
  simulate(
    {
      ...options,
      seed,
      hub: {
        redundancy: replication({ factor: 2, model: "active-passive", acknowledge: "standby" }),
        migration: hotSwap({ handover: true }),
        partitionTolerance: majorityQuorum({ initialSize: 3 }),
      },
    },
    async (sim) => {
      await sim.hub(0).start(Lock, { id: "l" });
      await sim.until("it stands", () => sim.hub(0).lookup("l")?.replicas.length === 2);
      expect(await lockOf(sim, 0).ask("lock")).toBe(0);
      const host = hostOf(sim);
      const others = [0, 1, 2].filter((at) => at !== host);
      const asks = others.map((at) => lockOf(sim, at).ask("lock", undefined, { timeoutMs: 60_000 }));
      const gaveUp = new AbortController();
      const aborted = lockOf(sim, others[0] ?? 0)
        .ask("lock", undefined, { signal: gaveUp.signal, timeoutMs: 60_000 })
        .catch(() => "aborted");
      await sim.run(500);
      sim.crash(host);
      const [at = 0] = others;
      await sim.until(
        "it goes on",
        () =>
          sim
            .hub(at)
            .lookup("l")
            ?.replicas.some(({ mode, node }) => mode === "active" && node !== `node-${host}`) === true,
      );
      await sim.run(500);
      gaveUp.abort();
      expect(await aborted).toBe("aborted");
      await sim.run(50);
      await lockOf(sim, at).ask("unlock");
      await lockOf(sim, at).ask("unlock");
      expect(new Set(await Promise.all(asks))).toEqual(new Set([1, 2]));
      await lockOf(sim, at).ask("unlock");
      expect(await lockOf(sim, at).ask("seen")).toEqual({ held: false, given: 3, waiting: [], missed: 1 });
      await sim.check();
    },
  ),
);

test("where nothing stands by, the end of the place is the end of the asks", () =>
  simulate({ ...options, seed: 7 }, async (sim) => {
    await sim.hub(0).start(Lock, { id: "l" });
    await lockOf(sim, 0).ask("lock");
    const host = hostOf(sim);
    const waits = lockOf(sim, (host + 1) % 3)
      .ask("lock", undefined, { timeoutMs: 60_000 })
      .catch(({ code }) => code);
    await sim.run(100);
    sim.crash(host);
    expect(await waits).toBe("NodeDown");
  }));
