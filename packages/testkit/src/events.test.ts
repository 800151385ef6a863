import { replication } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { EventLog, eventProblems, type HeardEvent } from "./checkers/events.js";
import { Bell, Ear } from "./fixtures/bell.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { seed: 21, nodes: 3, actors: [Bell, Ear] };
const numbers = (from: number, to: number): { n: number }[] => Array.from({ length: to - from + 1 }, (_, i) => ({ n: from + i }));
const nodeOf = (sim: Simulation, id: string, by = 0): string | undefined => sim.hub(by).lookup(id)?.replicas[0]?.node;
const home = (sim: Simulation, id: string): number => sim.nodes.findIndex(({ name }) => name === nodeOf(sim, id, up(sim)[0]));
const up = (sim: Simulation): number[] => sim.nodes.flatMap(({ state }, index) => (state === "up" ? [index] : []));

async function bell(sim: Simulation, node = "node-1"): Promise<void> {
  await sim.hub(0).start(Bell, { id: "bell" });
  if (nodeOf(sim, "bell") !== node) await sim.hub(0).move("bell", { node });
  await sim.until("all know it", () => [0, 1, 2].every((at) => nodeOf(sim, "bell", at) === node));
}

/** A subscription at each node. */
async function logs(sim: Simulation, since?: number): Promise<EventLog[]> {
  const all = up(sim).map((at) => {
    const log = new EventLog();
    const sub = sim
      .hub(at)
      .ref(Bell, "bell")
      .subscribe("rung", log.handler, { ...log.options, since });
    return { log, sub };
  });
  await sim.run(100);
  await Promise.all(all.map(({ sub }) => sub.ready));
  return all.map(({ log }) => log);
}

const ring = (sim: Simulation, times: number, by = up(sim)[0] ?? 0): Promise<number> =>
  sim.hub(by).ref(Bell, "bell").ask("ring", times);

const problems = (all: readonly EventLog[]): string[] =>
  eventProblems(Object.fromEntries(all.map(({ heard }, at) => [`subscriber ${at}`, heard])));

async function heardBy(sim: Simulation, ear: string, by = up(sim)[0] ?? 0): Promise<HeardEvent[]> {
  const heard = await sim.hub(by).ref(Ear, ear).ask("heard");
  return heard.flatMap(({ type, seq = 0, payload, reason = "" }): HeardEvent[] =>
    type === "event" ? [{ seq, payload }] : type === "resync" ? [{ resync: reason, seq }] : [],
  );
}

describe("each subscriber hears every event once, in order, by its number", () => {
  test("on the main thread of every node, from when it is ready", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      await ring(sim, 2);
      const all = await logs(sim);
      await ring(sim, 5);
      await sim.run(100);
      for (const log of all) expect(log.heard).toEqual(numbers(3, 7).map((payload) => ({ seq: payload.n, payload })));
      expect(sim.hub(0).stats().subscriptions).toEqual([{ id: "bell", event: "rung", from: "node-1", listeners: 1, seq: 7 }]);
      await sim.check();
    }));

  test("since a number, as far as they are kept; a gap is told with its reason", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      await ring(sim, 150);
      const [near] = await logs(sim, 140);
      const [far] = await logs(sim, 10);
      const [later] = await logs(sim, 900);
      expect(near?.payloads).toEqual(numbers(141, 150));
      expect([far?.heard[0], far?.payloads]).toEqual([{ resync: "window", seq: 50 }, numbers(51, 150)]);
      expect(later?.heard).toEqual([{ resync: "restarted", seq: 150 }]);
      await ring(sim, 1);
      await sim.run(100);
      for (const log of [near, far, later]) expect(log?.payloads.at(-1)).toEqual({ n: 151 });
      await sim.check();
    }));

  test("of another actor, on any thread: its own message is told", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const ears = ["e0", "e1", "e2", "e3", "e4", "e5"];
      for (const id of ears) await sim.hub(0).start(Ear, { id, args: { bell: "bell" } });
      await sim.run(200);
      await ring(sim, 10);
      await sim.run(200);
      for (const id of ears)
        expect(await heardBy(sim, id)).toEqual(numbers(1, 10).map((payload) => ({ seq: payload.n, payload })));
      expect(await sim.hub(0).ref(Ear, "e0").ask("ignore", "bell")).toBe(true);
      await ring(sim, 1);
      await sim.run(200);
      expect([(await heardBy(sim, "e0")).length, (await heardBy(sim, "e1")).length]).toEqual([10, 11]);
      await sim.check();
    }));

  test("one that begins while it is told of events", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const all = await logs(sim);
      const late: EventLog[] = [];
      for (let i = 0; i < 20; i++) {
        void ring(sim, 7);
        const log = new EventLog();
        sim
          .hub(i % 3)
          .ref(Bell, "bell")
          .subscribe("rung", log.handler, { ...log.options, since: i * 5 });
        late.push(log);
        await sim.run(1);
      }
      await sim.run(500);
      expect(problems([...all, ...late])).toEqual([]);
      for (const log of [...all, ...late]) expect(log.payloads.at(-1)).toEqual({ n: 140 });
      expect(late.map((log) => log.payloads[0])).toEqual(late.map((_, i) => ({ n: i * 5 + 1 })));
      await sim.check();
    }));
});

describe("over moves", () => {
  test.each([1, 2, 3, 4, 5])("of the actor, while it emits (seed %i)", (seed) =>
    simulate({ ...options, seed }, async (sim) => {
      await bell(sim);
      const all = await logs(sim);
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" } });
      await sim.run(100);
      let rung = 0;
      for (let i = 0; i < 12; i++) {
        for (let n = 0; n < 4; n++) {
          void ring(sim, 5, n % 3);
          rung += 5;
        }
        const to = [0, 1, 2].map((n) => `node-${n}`).find((name) => name !== nodeOf(sim, "bell")) ?? "";
        const moved = sim.hub(0).move("bell", i % 3 === 0 ? { thread: i % 2 } : { node: to });
        await moved.catch(() => {});
        await sim.run(sim.random.next() * 5);
      }
      await sim.run(500);
      expect(problems(all)).toEqual([]);
      for (const log of all) expect([log.payloads, log.gaps]).toEqual([numbers(1, rung), []]);
      expect(await heardBy(sim, "ear")).toEqual(numbers(1, rung).map((payload) => ({ seq: payload.n, payload })));
      await sim.check();
    }),
  );

  test.each([1, 2, 3, 4, 5])("of the subscriber, while it is told (seed %i)", (seed) =>
    simulate({ ...options, seed }, async (sim) => {
      await bell(sim);
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" } });
      await sim.run(100);
      let rung = 0;
      for (let i = 0; i < 12; i++) {
        void ring(sim, 5);
        rung += 5;
        const to = [0, 1, 2].map((n) => `node-${n}`).find((name) => name !== nodeOf(sim, "ear")) ?? "";
        await sim.hub(0).move("ear", { node: to });
        await sim.run(sim.random.next() * 3);
      }
      await sim.run(500);
      expect(await heardBy(sim, "ear")).toEqual(numbers(1, rung).map((payload) => ({ seq: payload.n, payload })));
      expect([0, 1, 2].map((at) => sim.hub(at).stats().subscriptions.length).reduce((a, b) => a + b)).toBe(1);
      await sim.check();
    }),
  );
});

describe("over a fail-over", () => {
  test.each([
    ["with standbys that are not waited for: a gap is told, and numbers never go back", "none", ["restarted"]],
    ["with standbys that acknowledge: nothing is missing", "standby", []],
  ] as const)("%s", (_, acknowledge, gaps) =>
    simulate({ ...options, nodes: 4, hub: { redundancy: replication({ factor: 2, acknowledge }) } }, async (sim) => {
      await bell(sim);
      const every = await logs(sim);
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" } });
      await sim.run(2_000);
      for (let i = 0; i < 10; i++) await ring(sim, 3, 0);
      await sim.run(1_000);
      const died = home(sim, "bell");
      const all = every.filter((_, at) => at !== died);
      sim.crash(died);
      await sim.run(10_000);
      for (let i = 0; i < 10; i++) await ring(sim, 3);
      await sim.run(500);
      expect(problems(all)).toEqual([]);
      for (const log of all) expect([log.payloads, log.gaps]).toEqual([numbers(1, 60), gaps]);
      const ear = await heardBy(sim, "ear");
      expect(eventProblems({ ear })).toEqual([]);
      expect(ear.flatMap((each) => ("payload" in each ? [each.payload] : []))).toEqual(numbers(1, 60));
      await sim.check();
    }),
  );

  test("without a standby it begins anew: that is a gap, and its numbers are above all before", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const every = await logs(sim);
      await ring(sim, 4);
      await sim.run(100);
      const died = home(sim, "bell");
      const all = every.filter((_, at) => at !== died);
      sim.crash(died);
      await sim.run(10_000);
      await ring(sim, 2);
      await sim.run(500);
      expect(problems(all)).toEqual([]);
      for (const log of all) expect([log.payloads, log.gaps]).toEqual([[...numbers(1, 4), ...numbers(1, 2)], ["restarted"]]);
      await sim.check();
    }));

  test.each([1, 2, 3, 4, 5, 6])("of the subscriber: its standby goes on where its state is (seed %i)", (seed) =>
    simulate({ ...options, seed, hub: { redundancy: replication({ factor: 2 }) } }, async (sim) => {
      await sim.hub(0).start(Bell, { id: "bell", nodes: ["node-0"] });
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" }, nodes: ["node-1", "node-2"] });
      await sim.run(2_000);
      for (let i = 0; i < 20; i++) {
        void ring(sim, 3, 0);
        await sim.run(seed / 3);
      }
      sim.crash(home(sim, "ear"));
      await sim.run(10_000);
      await ring(sim, 3, 0);
      await sim.run(500);
      const heard = await heardBy(sim, "ear", 0);
      expect(eventProblems({ heard })).toEqual([]);
      expect(heard.map(({ seq }) => seq)).toEqual(numbers(1, 63).map(({ n }) => n));
      await sim.check();
    }),
  );
});

describe("with faults of the network", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("cuts, loss and moves: in order, each once, every gap told (seed %i)", (seed) =>
    simulate({ ...options, seed, faults: { drop: 0.05, duplicate: 0.05, reorder: 0.1 } }, async (sim) => {
      await bell(sim);
      const all = await logs(sim);
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" }, nodes: ["node-0"] });
      await sim.run(100);
      for (let i = 0; i < 6; i++) {
        for (let n = 0; n < 3; n++) void ring(sim, 4, n).catch(() => {});
        await sim.run(50);
        sim.cut([[i % 3], [0, 1, 2].filter((n) => n !== i % 3)]);
        for (let n = 0; n < 3; n++) void ring(sim, 4, n).catch(() => {});
        await sim.run(sim.random.next() * (i % 2 === 0 ? 500 : 4_000));
        sim.heal();
        void sim
          .hub(0)
          .move("bell", { node: `node-${(i + 1) % 3}` })
          .catch(() => {});
        await sim.run(i % 2 === 0 ? 500 : 5_000);
      }
      await sim.run(20_000);
      const last = await ring(sim, 1);
      await sim.run(2_000);
      for (const [at, { heard }] of all.entries()) expect([at, eventProblems({ heard })]).toEqual([at, []]);
      for (const log of all) expect(log.payloads.at(-1)).toEqual({ n: last });
      const ear = await heardBy(sim, "ear");
      expect(eventProblems({ ear })).toEqual([]);
      expect(ear.at(-1)).toMatchObject({ payload: { n: last } });
    }),
  );
});

describe("its end", () => {
  test("follows what the actor emitted, for those on main threads and for actors", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const all = await logs(sim);
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" } });
      await sim.run(100);
      await ring(sim, 300);
      await sim.hub(0).ref(Bell, "bell").ask("out");
      await sim.run(500);
      for (const log of all) expect([log.payloads, log.ends]).toEqual([numbers(1, 301), ["Stop"]]);
      const heard = await sim.hub(0).ref(Ear, "ear").ask("heard");
      expect([heard.length, heard.at(-1)]).toEqual([302, { type: "ended", id: "bell", event: "rung", reason: "Stop" }]);
      expect([0, 1, 2].map((at) => sim.hub(at).stats().subscriptions)).toEqual([[], [], []]);
      await sim.check();
    }));

  test("of an actor that is not there: `ready` rejects; of a hub that closes: it is told so; after `close` nothing comes", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const [nobody, closing, closed] = [new EventLog(), new EventLog(), new EventLog()];
      const missing = sim.hub(0).ref(Bell, "nobody").subscribe("rung", nobody.handler, nobody.options);
      sim.hub(2).ref(Bell, "bell").subscribe("rung", closing.handler, closing.options);
      const over = sim.hub(0).ref(Bell, "bell").subscribe("rung", closed.handler, closed.options);
      await expect(missing.ready).rejects.toMatchObject({ code: "ActorNotFound" });
      await over.ready;
      await over[Symbol.asyncDispose]();
      await ring(sim, 1);
      await sim.run(100);
      await sim.leave(2);
      expect([nobody.ends, closing.ends, closing.payloads, closed.payloads]).toEqual([
        ["NotFound"],
        ["HubClosed"],
        [{ n: 1 }],
        [],
      ]);
      await sim.check();
    }));

  test("an actor that failed to start has subscribed to nothing", () =>
    simulate(options, async (sim) => {
      await bell(sim);
      const ear = sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell", fails: true }, restart: "temporary" });
      await expect(ear).rejects.toMatchObject({ code: "StartFailed" });
      await sim.run(500);
      expect([0, 1, 2].flatMap((at) => sim.hub(at).stats().subscriptions)).toEqual([]);
      await sim.check();
    }));
});

test("a slow subscriber is told of a gap, others hear all, and what waits for it is bounded", () =>
  simulate(options, async (sim) => {
    await bell(sim);
    const [fast] = await logs(sim);
    const slow = new EventLog();
    let goOn = (): void => {};
    const first = new Promise<void>((resolve) => (goOn = resolve));
    const handler = (payload: unknown, meta: { readonly seq: number }): unknown => {
      slow.handler(payload, meta);
      return meta.seq === 1 ? first : undefined;
    };
    sim.hub(0).ref(Bell, "bell").subscribe("rung", handler, slow.options);
    await sim.run(100);
    for (let i = 0; i < 50; i++) await ring(sim, 100);
    await sim.run(500);
    expect(slow.payloads).toEqual([{ n: 1 }]);
    goOn();
    await sim.run(500);
    expect(problems([slow])).toEqual([]);
    expect(slow.gaps.length).toBe(1);
    expect(slow.payloads.at(-1)).toEqual({ n: 5_000 });
    expect(slow.payloads.length).toBeLessThan(2_500);
    expect(fast?.payloads).toEqual(numbers(1, 5_000));
    await sim.check();
  }));

test("what is wrong is refused where it is said, by name", () =>
  simulate(options, async (sim) => {
    await bell(sim);
    await sim.hub(0).start(Ear, { id: "ear" });
    const ref = sim.hub(0).ref(Bell, "bell");
    await expect(ref.ask("wrong", { n: "x" })).rejects.toMatchObject({
      code: "InvalidMessage",
      message: expect.stringMatching(/event rung.*n/),
    });
    await expect(ref.ask("unknown")).rejects.toMatchObject({
      code: "InvalidMessage",
      message: expect.stringMatching(/rang.*rung, seldom/),
    });
    await expect(sim.hub(0).ref(Ear, "ear").ask("wrong", "")).rejects.toMatchObject({ code: "HubConfigError" });
    const log = new EventLog();
    expect(() => ref.subscribe("rung", log.handler, { since: -1 })).toThrow(/since/);
    expect(() => ref.subscribe("rung", log.handler, { sinze: 1 } as object)).toThrow(/sinze/);
    expect(() => ref.subscribe("rung", undefined as never)).toThrow(/handler/);
    const other = (
      ref as unknown as { subscribe(event: string, handler: () => void, options: object): { ready: Promise<void> } }
    ).subscribe("rang", () => {}, log.options);
    await expect(other.ready).rejects.toMatchObject({ code: "InvalidMessage", message: expect.stringMatching(/rang.*rung/) });
    await sim.check();
  }));

test("nobody listens: nothing is sent, whatever is emitted", () =>
  simulate(options, async (sim) => {
    await bell(sim);
    await sim.run(1_000);
    const bytes = (): number =>
      sim
        .hub(1)
        .stats()
        .threads.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
    await ring(sim, 0, 1);
    await sim.run(100);
    const before = bytes();
    await ring(sim, 0, 1);
    await sim.run(100);
    const silent = bytes() - before;
    await ring(sim, 1_000, 1);
    await sim.run(100);
    expect(bytes() - before - silent).toBeLessThan(silent + 20);
    await sim.check();
  }));

test("one emit to 10,000 subscribers on three nodes crosses each link once", () =>
  simulate(options, async (sim) => {
    await bell(sim);
    await sim.hub(0).ref(Bell, "bell").ask("ring", 0);
    const home = sim.hub(1);
    const bytes = (): number => home.stats().threads.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
    const cost = async (): Promise<number> => {
      const before = bytes();
      await ring(sim, 1, 1);
      await sim.run(50);
      return bytes() - before;
    };
    await logs(sim);
    const few = await cost();
    let heard = 0;
    for (let i = 0; i < 10_000; i++)
      sim
        .hub(i % 3)
        .ref(Bell, "bell")
        .subscribe("rung", () => void heard++);
    await sim.run(50);
    expect([await cost(), heard]).toEqual([few, 10_000]);
    await sim.check();
  }));

test("a number that the actor has not come to, of an earlier life say, is told, to a node and to an actor; then all is heard", () =>
  simulate({ seed: 31, nodes: 2, actors: [Bell, Ear] }, async (sim) => {
    await sim.hub(0).start(Bell, { id: "bell", nodes: ["node-0"] });
    await sim.hub(1).start(Ear, { id: "ear", nodes: ["node-1"] });
    const log = new EventLog();
    await sim
      .hub(1)
      .ref(Bell, "bell")
      .subscribe("rung", log.handler, { ...log.options, since: 4 }).ready;
    await sim.hub(1).ref(Ear, "ear").ask("listen", { bell: "bell", since: 4 });
    await sim.run(1_000);
    await sim.hub(1).ref(Bell, "bell").ask("ring", 6);
    await sim.run(1_000);
    const all = [1, 2, 3, 4, 5, 6].map((n) => ({ seq: n, payload: { n } }));
    expect(log.heard).toEqual([{ resync: "restarted", seq: 0 }, ...all]);
    const heard = await sim.hub(0).ref(Ear, "ear").ask("heard");
    expect(heard.map(({ type, seq, reason }) => [type, seq, reason])).toEqual([
      ["resync", 0, "restarted"],
      ...all.map(({ seq }) => ["event", seq, undefined]),
    ]);
    await sim.check();
  }));
