import type { NodeCard, NodeName, OutcomeUnknown, Pulse } from "@process-hub/protocol";
import { divergence, inlineStrategies, majorityQuorum, type PartitionStrategy, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import type { OwnCard } from "../membership/greeter.js";
import { Arbitration } from "./arbitration.js";
import { Partition } from "./partition.js";
import { ServingGate } from "./serving-gate.js";
import { ServingLease } from "./serving-lease.js";

/** A node "a" of three, whose heartbeats the test has acknowledged, or not. */
function staged(strategy: PartitionStrategy = staticQuorum({ size: 3 }), longestMs?: number) {
  const stage = new Stage(["b", "c"]);
  const { clock, timings, peers } = stage;
  const lease = new ServingLease(clock, 1_500, timings.suspectAfterMs);
  const calls: string[] = [];
  const work = { ready: true, renumbered: true };
  const failed: OutcomeUnknown[] = [];
  const membership = {
    ...stage.membership,
    drop: (node: NodeName) => void calls.push(`drop ${node}`),
    beat: () => {},
    longest: () => longestMs ?? timings.suspectAfterMs,
    peers,
  };
  const gate = new ServingGate({
    ...stage,
    counts: strategy.alwaysServes !== true,
    lease,
    recordOf: (id) => stage.registry.current(id),
    openTimeoutMs: timings.downAfterMs,
  });
  const card: OwnCard = {
    node: "a",
    incarnation: "a1",
    places: stage.group.places,
    joinedAtMs: 1,
    draining: false,
    kinds: [],
    times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
  };
  const partition = new Partition({
    ...stage,
    card: () => card,
    strategy,
    strategyPort: inlineStrategies.open(strategy),
    badFrame: (error) => {
      throw error;
    },
    log: stage.hooks.log,
    gate,
    lease,
    arbitration: new Arbitration({
      hub: "lab",
      local: stage.local,
      arbiter: undefined,
      clock,
      membership,
      log: stage.hooks.log,
    }),
    membership,
    actors: {
      get ready() {
        return work.ready;
      },
      quiesce: (stop) => void calls.push(stop ? "end" : "keep"),
      renumber: () => work.renumbered,
      membersChanged: () => {},
      resume: () => void calls.push("go on"),
      restart: async () => void calls.push("restart"),
    },
    failAsks: (isOpen, error) => {
      for (const id of ["mine", "theirs"]) if (isOpen(id)) failed.push(error(id));
    },
    announce: () => void calls.push("announce"),
    resumed: () => void calls.push("resumed"),
    agreedAnew: () => void calls.push("adopt"),
  });
  for (const peer of peers) partition.changed(peer, undefined);
  let number = 0;
  /** One interval: a heartbeat goes out, and these answer it. */
  const beat = async (
    answering: readonly NodeName[] = ["b", "c"],
    sees: readonly NodeName[] = ["a", "b", "c"],
  ): Promise<void> => {
    partition.pulse();
    number++;
    partition.beat(peers.map(({ node }) => (answering.includes(node) ? clock.now() : 0)));
    for (const peer of peers)
      if (answering.includes(peer.node)) {
        const heard: Pulse["heard"] = sees
          .filter((node) => node !== peer.node)
          .map((node) => [node, `${node}1`, node === "a" ? number : 1]);
        partition.pulsed(peer, { number, heard });
      }
    await clock.run(timings.heartbeatIntervalMs);
  };
  const beats = async (count: number, ...how: Parameters<typeof beat>): Promise<void> => {
    for (let i = 0; i < count; i++) await beat(...how);
  };
  return { ...stage, stage, partition, gate, lease, calls, work, failed, beat, beats };
}

/** A node that serves, with a quorum that agrees. */
async function serving(strategy?: PartitionStrategy) {
  const all = staged(strategy);
  await all.beats(8);
  return all;
}

describe("a node that joins", () => {
  test("serves nothing before a quorum has acknowledged it, and then adopts nothing before it has heard who else began to", async () => {
    const { gate, lease, beat, beats } = staged();
    expect([gate.phase, lease.until[0]]).toEqual(["joining", 0]);
    await beats(4, []);
    expect(gate.serves).toBe(false);
    await beats(2);
    expect([gate.phase, gate.serves, gate.mayAdopt]).toEqual(["returning", true, false]);
    await beat();
    await beats(2);
    expect([gate.phase, gate.mayAdopt]).toEqual(["agreed", true]);
  });

  test("waits for what the members know", async () => {
    const { gate, sync, beats } = staged();
    sync.isComplete = false;
    await beats(6);
    expect(gate.serves).toBe(false);
    sync.isComplete = true;
    await beats(2);
    expect(gate.serves).toBe(true);
  });
});

test("a node serves again when the longest silence that a member allows is over, not the one of its own", async () => {
  const beatsUntilItServes = async (longestMs: number): Promise<number> => {
    const { gate, beat, beats } = staged(undefined, longestMs);
    await beats(8);
    await gate.opened(() => {});
    await beats(6, []);
    expect(gate.paused).toBe(true);
    let taken = 0;
    for (; !gate.serves && taken < 60; taken++) await beat();
    return taken;
  };
  const [own, longer] = [await beatsUntilItServes(1_000), await beatsUntilItServes(5_000)];
  expect({ own, longer }).toEqual({ own: 2, longer: 8 });
});

describe("a node that serves", () => {
  test("goes on for as long as a quorum acknowledges it, though one member is silent", async () => {
    const { gate, beats } = await serving(majorityQuorum());
    await beats(10, ["b"], ["a", "b", "c"]);
    expect(gate.serves).toBe(true);
  });

  test("stops by the time its lease ends when nobody does, and tells", async () => {
    const { gate, lease, stage, calls, failed, beats } = await serving();
    await beats(6, []);
    expect([gate.paused, lease.until[0]]).toEqual([true, 0]);
    expect(calls).toContain("announce");
    expect(failed.map(({ code, fields }) => [code, fields.id])).toEqual([
      ["OutcomeUnknown", "mine"],
      ["OutcomeUnknown", "theirs"],
    ]);
    expect(stage.told("log")).toMatchObject([{ level: "warn", message: "this node serves nothing: it sees only b, c" }]);
  });

  test("keeps the lease from when the acknowledged heartbeat was sent, not from when that was heard", async () => {
    const { partition, peers, lease, clock } = await serving();
    const sentAtMs = clock.now();
    partition.pulse();
    await clock.run(400);
    for (const peer of peers) partition.pulsed(peer, { number: 99, heard: [["a", "a1", 9]] });
    await clock.run(100);
    expect(lease.until[0]).toBe(sentAtMs + 1_500);
  });

  test("loses the agreement with a member that is gone, adopts nothing, and does again when the rest agrees", async () => {
    const { gate, partition, peers, calls, beats } = await serving(majorityQuorum());
    const [c] = peers.splice(1, 1);
    if (c !== undefined) partition.changed(c, "down");
    expect([gate.phase, gate.serves]).toEqual(["alone", true]);
    await beats(3, ["b"], ["a", "b"]);
    expect([gate.phase, calls.filter((call) => call === "adopt")]).toEqual(["agreed", ["adopt"]]);
  });

  test("drops a member that hears it no more, though it is heard", async () => {
    const { calls, beats } = await serving(majorityQuorum());
    await beats(6, ["b", "c"], ["b", "c"]);
    expect(calls).toContain("drop b");
  });
});

describe("a node that does not serve", () => {
  test("keeps its actors through a short stall, and ends them when it is clear that it was more", async () => {
    const { gate, calls, beats } = await serving(majorityQuorum());
    calls.length = 0;
    await beats(4, []);
    expect([gate.phase, calls.filter((call) => call === "keep" || call === "end").at(0)]).toEqual(["kept", "keep"]);
    await beats(6, []);
    expect([gate.phase, calls.at(-1)]).toEqual(["stopped", "end"]);
  });

  test("freezes them for as long as it takes where the strategy says so", async () => {
    const { gate, calls, beats } = await serving(staticQuorum({ size: 3, whilePaused: "freeze" }));
    calls.length = 0;
    await beats(20, []);
    expect([gate.phase, calls.includes("end")]).toEqual(["kept", false]);
  });

  test("serves again when it has heard all, and what is to end has ended", async () => {
    const { gate, calls, work, beats } = await serving();
    await beats(6, []);
    work.ready = false;
    await beats(8);
    expect(gate.paused).toBe(true);
    work.ready = true;
    await beats(3);
    expect([gate.serves, calls.filter((call) => call === "go on" || call === "resumed").slice(-2)]).toEqual([
      true,
      ["go on", "resumed"],
    ]);
  });
});

describe("what a node remembers", () => {
  const memory = (size: number, left: readonly string[] = []) => ({ size, resets: 0, left });

  test("goes along with its heartbeats when a member has joined, until all have heard it", async () => {
    const { partition, peers } = staged(majorityQuorum({ initialSize: 5 }));
    for (const number of [1, 2]) expect(partition.pulse()).toMatchObject({ number, memory: memory(5) });
    for (const [index, peer] of peers.entries()) {
      partition.pulsed(peer, { number: 1, heard: [["a", "a1", 2]] });
      const last = index === peers.length - 1;
      expect("memory" in (partition.pulse() ?? {})).toBe(!last);
    }
    await partition.reset(4);
    expect(partition.pulse()).toHaveProperty("memory");
  });

  test("is what a newcomer counts by before it serves, which is not before each member has told", async () => {
    const { partition, gate, peers, clock, timings } = staged(majorityQuorum({ initialSize: 5 }));
    const [b, c] = peers as [NodeCard, NodeCard];
    const interval = async (number: number, ...pulses: readonly (readonly [NodeCard, number])[]): Promise<void> => {
      partition.pulse();
      partition.beat(peers.map(() => clock.now()));
      for (const [peer, size] of pulses) {
        const heard: Pulse["heard"] = [
          ["a", "a1", number],
          ["b", "b1", 1],
          ["c", "c1", 1],
        ];
        partition.pulsed(peer, { number, heard, memory: memory(size, ["d", "e"]) });
      }
      await clock.run(timings.heartbeatIntervalMs);
    };
    for (let number = 1; number <= 6; number++) await interval(number, [b, 3]);
    expect(gate.paused).toBe(true);
    for (let number = 7; number <= 8; number++) await interval(number, [b, 3], [c, 3]);
    expect(gate.paused).toBe(false);
  });
});

test("the size of a cluster is reset where the strategy counts nodes, else refused by name", async () => {
  await staged(majorityQuorum()).partition.reset(5);
  await expect(staged(divergence()).partition.reset(5)).rejects.toMatchObject({
    code: "HubConfigError",
    fields: { path: "partitionTolerance" },
  });
});
