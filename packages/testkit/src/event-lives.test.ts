import { replication, singularity } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { EventLog, eventProblem, eventProblems, type HeardEvent } from "./checkers/events.js";
import { Bell, Ear } from "./fixtures/bell.actor.js";
import { type Simulation, simulate } from "./index.js";

const nodes = 4;
const redundancies = [singularity(), replication({ factor: 2 }), replication({ factor: 2, acknowledge: "standby" })];

/** What may befall a life: each is over when it resolves, but for its effects. */
const troubles: readonly ((sim: Simulation, at: number) => Promise<unknown>)[] = [
  async (sim, at) => sim.hub(0).move("bell", { node: `node-${at}` }),
  async (sim, at) => sim.hub(0).move("ear-1", { node: `node-${at}` }),
  async (sim, at) => sim.hub(0).move("bell", { thread: at % 2 }),
  async (sim, at) => sim.killThread(at, at % 2),
  async (sim, at) => {
    if (at === 0) return;
    sim.crash(at);
    await sim.run(sim.random.next() * 6_000);
    await sim.restart(at);
  },
  async (sim, at) => {
    if (at === 0) return;
    sim.freeze(at);
    await sim.run(sim.random.next() * 4_000);
    sim.thaw(at);
  },
  async (sim, at) => {
    sim.cut([[at], Array.from({ length: nodes }, (_, n) => n).filter((n) => n !== at)]);
    await sim.run(sim.random.next() * 4_000);
    sim.heal();
  },
];

async function heardBy(sim: Simulation, id: string): Promise<HeardEvent[]> {
  const heard = await sim.hub(0).ref(Ear, id).ask("heard");
  return heard.flatMap(({ type, seq = 0, payload, reason = "" }): HeardEvent[] =>
    type === "event" ? [{ seq, payload }] : type === "resync" ? [{ resync: reason, seq }] : [],
  );
}

/** One life of a bell, with subscribers on all nodes and in actors, and six troubles. */
function life(seed: number): Promise<void> {
  const redundancy = redundancies[seed % redundancies.length] ?? singularity();
  const faults = seed % 2 === 0 ? {} : { drop: 0.02, duplicate: 0.02, reorder: 0.05 };
  return simulate({ seed, nodes, actors: [Bell, Ear], faults, hub: { redundancy } }, async (sim) => {
    await sim.hub(0).start(Bell, { id: "bell" });
    for (const id of ["ear-0", "ear-1"]) await sim.hub(0).start(Ear, { id, args: { bell: "bell" } });
    const logs = Array.from({ length: nodes }, () => new EventLog());
    for (const [at, log] of logs.entries()) sim.hub(at).ref(Bell, "bell").subscribe("rung", log.handler, log.options);
    await sim.run(3_000);
    const ring = (times: number): void => {
      const at = Math.floor(sim.random.next() * nodes);
      if (sim.nodes[at]?.state === "up")
        void sim
          .hub(at)
          .ref(Bell, "bell")
          .ask("ring", times)
          .catch(() => {});
    };
    const broken = new Set<number>();
    let cuts = 0;
    for (let i = 0; i < 6; i++) {
      for (let n = 0; n < 10; n++) {
        ring(1 + Math.floor(sim.random.next() * 30));
        await sim.run(sim.random.next() * 4);
      }
      const which = Math.floor(sim.random.next() * troubles.length);
      const at = Math.floor(sim.random.next() * nodes);
      if (which === 4 || which === 5) broken.add(at);
      if (which >= 5) cuts++;
      await troubles[which]?.(sim, at).catch(() => {});
      ring(5);
      await sim.run(sim.random.next() * 3_000);
    }
    await sim.run(30_000);
    const last = await sim.hub(0).ref(Bell, "bell").ask("ring", 1);
    await sim.run(3_000);
    const whole = logs.filter((_, at) => !broken.has(at));
    for (const log of whole) {
      expect(eventProblem(log.heard)).toBeUndefined();
      expect([log.payloads.at(-1), log.ends]).toEqual([{ n: last }, []]);
    }
    if (cuts === 0) expect(eventProblems(Object.fromEntries(whole.map(({ heard }, at) => [`log ${at}`, heard])))).toEqual([]);
    for (const id of ["ear-0", "ear-1"]) {
      const heard = await heardBy(sim, id);
      expect(eventProblem(heard)).toBeUndefined();
      expect(heard.at(-1)).toMatchObject({ payload: { n: last } });
    }
    await sim.check();
  });
}

test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
  "a life of events with moves, crashes, cuts, freezes and dead threads: in order, each once, every gap told (seed %i)",
  (seed) => life(seed),
);
