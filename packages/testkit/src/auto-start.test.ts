import type { HubOptions } from "@process-hub/cluster";
import { dynamicQuorum, hotSwap, majorityQuorum, replication, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { idleAfterMs, Visitor } from "./fixtures/visitor.actor.js";
import { type Simulation, simulate } from "./index.js";

const strategies: readonly (readonly [string, Partial<HubOptions>])[] = [
  ["divergence", {}],
  ["a majority quorum", { partitionTolerance: majorityQuorum({ initialSize: 3 }) }],
  ["a static quorum", { partitionTolerance: staticQuorum({ size: 2 }) }],
  ["a dynamic quorum", { partitionTolerance: dynamicQuorum() }],
  ["passive replicas", { redundancy: replication({ acknowledge: "standby" }) }],
  ["active replicas", { redundancy: replication({ model: "active-active" }) }],
];
const options = (hub: Partial<HubOptions> = {}, seed = 3) => ({
  ...{ seed, nodes: 3, threads: 2, actors: [Visitor], faults: { delayMs: [0.5, 4] as [number, number] } },
  hub: { migration: hotSwap(), ...hub },
});
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const served = (sim: Simulation): Promise<void> =>
  sim.until("all nodes serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));

describe.each(strategies)("under %s, an actor that its first message starts", (name, hub) => {
  test("begins once, whoever writes to it first, and whoever gets it", () =>
    simulate(options(hub), async (sim) => {
      await served(sim);
      const asks = range(3).map((i) => sim.hub(i).ref(Visitor, "abcd").ask("where"));
      const gets = range(6).map((i) => sim.hub(i % 3).get(Visitor, "got", { from: i }));
      const places = new Set(await Promise.all(asks));
      if (name !== "active replicas") expect(places.size).toBe(1);
      const read = await Promise.all((await Promise.all(gets)).map((ref) => ref.ask("notes")));
      if (name !== "active replicas") expect(new Set(read.map(String)).size).toBe(1);
      await sim.check();
    }));

  test("ends when nothing happens, on all nodes; and begins again for a message, from its init", () =>
    simulate(options(hub), async (sim) => {
      await served(sim);
      const ref = sim.hub(1).ref(Visitor, "abcd");
      ref.tell("note", 1);
      expect(await ref.ask("notes")).toEqual([4, 1]);
      await sim.until("it has ended", () => range(3).every((i) => sim.hub(i).lookup("abcd") === undefined), 20 * idleAfterMs);
      expect(await sim.hub(2).ref(Visitor, "abcd").ask("notes")).toEqual([4]);
      await sim.check();
    }));
});

test("a thousand tells to one that nobody has started are all handled, in order", () =>
  simulate(options(), async (sim) => {
    const ref = sim.hub(2).ref(Visitor, "abcd");
    for (const n of range(1_000)) ref.tell("note", n);
    expect(await ref.ask("notes")).toEqual([4, ...range(1_000)]);
    await sim.check();
  }));

test("from an actor as from a main thread: what it tells first starts another, and what it gets", () =>
  simulate(options(), async (sim) => {
    const ref = sim.hub(0).ref(Visitor, "first");
    for (const n of range(20)) ref.tell("pass", { to: "second", n });
    expect(await ref.ask("fetch", "third")).toEqual([7]);
    expect(await sim.hub(1).ref(Visitor, "second").ask("notes")).toEqual([6, ...range(20)]);
    await sim.check();
  }));

test("no message is lost or done twice while it ends again and again", () =>
  simulate(options({}, 11), async (sim) => {
    const asks: Promise<unknown>[] = [];
    for (const n of range(200)) {
      const hub = sim.hub(n % 3);
      hub.ref(Visitor, "abcd").tell("note", n);
      if (n % 7 === 0) hub.ref(Visitor, "abcd").tell("leave");
      if (n % 11 === 0) asks.push(hub.get(Visitor, "abcd").then((ref) => ref.ask("notes")));
      await sim.run(n % 10 === 0 ? idleAfterMs - 4 + (n % 9) : 1.3);
    }
    await Promise.all(asks);
    const dead = sim.history.events.filter((event) => event.kind === "event" && event.name === "deadLetter");
    expect(dead).toEqual([]);
    await sim.check();
  }));

test("one that is stopped as others write to it, and get it, begins again for them", () =>
  simulate(options({}, 5), async (sim) => {
    for (const n of range(30)) {
      await sim.hub(n % 3).get(Visitor, "abcd");
      const stopped = sim
        .hub((n + 1) % 3)
        .stop("abcd")
        .catch((error: { code: string }) => expect(error.code).toBe("ActorNotFound"));
      const asks = range(3).map((i) => sim.hub(i).ref(Visitor, "abcd").ask("where"));
      const got = range(3).map(async (i) => (await sim.hub(i).get(Visitor, "abcd")).ask("where"));
      await Promise.all([stopped, ...asks, ...got]);
    }
    await sim.check();
  }));

test("one whose node dies under the mail is there again for who gets it", () =>
  simulate(options({}, 7), async (sim) => {
    const host = await sim.hub(0).ref(Visitor, "abcd").ask("where");
    const index = range(3).find((i) => sim.hub(i).node === host) as number;
    const other = (index + 1) % 3;
    sim.crash(index);
    const ref = await sim.hub(other).get(Visitor, "abcd");
    expect(await ref.ask("where")).not.toBe(host);
    await sim.check();
  }));

test("beyond a cut a quorum lets nobody start it, and says so; after it, it begins once", () =>
  simulate(options({ partitionTolerance: majorityQuorum({ initialSize: 3 }) }, 9), async (sim) => {
    await served(sim);
    sim.cut([[0], [1, 2]]);
    await sim.until("the one is paused", () => sim.hub(0).isPartitioned());
    await expect(sim.hub(0).get(Visitor, "abcd")).rejects.toMatchObject({ code: "Partitioned" });
    await expect(sim.hub(0).ref(Visitor, "abcd").ask("where")).rejects.toMatchObject({ code: "Partitioned" });
    const host = await sim.hub(1).ref(Visitor, "abcd").ask("where");
    sim.heal();
    await served(sim);
    const again = await Promise.all(range(3).map((i) => sim.hub(i).ref(Visitor, "abcd").ask("where")));
    expect(new Set([host, ...again]).size).toBeLessThanOrEqual(2);
    await sim.check();
  }));

test("an autoStart that throws is a StartFailed for who asks, and a dead letter for who tells", () =>
  simulate(options(), async (sim) => {
    const ref = sim.hub(1).ref(Visitor, "no-one");
    ref.tell("note", 1);
    const cause = expect.objectContaining({ message: "there is no no-one" });
    await expect(ref.ask("notes")).rejects.toMatchObject({ code: "StartFailed", cause });
    await sim.run(10);
    const dead = sim.history.events.flatMap((event) =>
      event.kind === "event" && event.name === "deadLetter" ? [event.detail] : [],
    );
    expect(dead).toMatchObject([{ to: "no-one", message: "note", reason: "StartFailed" }]);
    await sim.check();
  }));
