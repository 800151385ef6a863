import { describe, expect, test } from "vitest";
import { handled, made } from "../fixtures/tellers.js";
import type { HistoryEvent } from "../history.js";
import { checkActivation } from "./activation.js";
import { checkConservation } from "./conservation.js";
import { checkOrder } from "./order.js";
import { epochsOverlap } from "./overlap.js";

const self = (input: string, timer: boolean) => made(input, timer, "cart-1", "cart-1");
const selfHandled = (input: string) => handled(input, 1, "node-1@x/0.0", "cart-1", "cart-1");

const cut = { kind: "fault", atMs: 0, what: "cut [[0],[1]]" } as const;
const conflict = { kind: "event", atMs: 0, node: "node-1", name: "conflict", detail: { id: "cart-1" } } as const;

describe("one life (P1)", () => {
  const twoPlaces = [handled(1), handled(2, 1, "node-2@x/0.0")];
  const older = [handled(1, 2), handled(2, 1)];

  test("fails when an epoch runs at two places", () => {
    expect(checkActivation(twoPlaces, false)).toEqual(["P1: cart-1, epoch 1 runs at node-1@x/0.0 and at node-2@x/0.0"]);
  });

  test("fails when an older epoch handles a message after a newer one did", () => {
    expect(checkActivation(older, false)).toEqual(["P1: cart-1 handles a message under epoch 1 after epoch 2 did"]);
  });

  test("a conflict decides between two lineages once: what the loser does after it fails", () => {
    expect(checkActivation([handled(1, 1_002), conflict, handled(2, 2)], false)).toEqual([]);
    expect(checkActivation([handled(1, 1_002), conflict, handled(3, 1_002), handled(2, 2)], false)).toHaveLength(1);
  });

  test("a duplicate that goes may have run on for a second before it did, and no longer", () => {
    const both = [handled(1, 5), handled(2, 4, "node-2@x/0.0")];
    const ends = (atMs: number, loser: string) => ({ ...conflict, atMs, detail: { id: "cart-1", loser } });
    const after = (ms: number): number => (both[1]?.atMs ?? 0) + ms;
    expect(checkActivation([...both, ends(after(900), "node-2")], false)).toEqual([]);
    expect(checkActivation([...both, ends(after(1_100), "node-2")], false)).toHaveLength(1);
    expect(checkActivation([...both, ends(after(900), "node-1")], false)).toHaveLength(0);
    expect(checkActivation([...both, ends(after(900), "node-3")], false)).toHaveLength(1);
    const quorum = { kind: "quorum", atMs: 0, strategy: "majorityQuorum" } as const;
    expect(checkActivation([quorum, ...both, ends(after(900), "node-2")], false)).toHaveLength(1);
  });

  test("holds for one epoch after another, and for two duplicates on two sides of a cut", () => {
    expect(checkActivation([handled(1), handled(2, 2, "node-2@x/0.0")], false)).toEqual([]);
    expect(checkActivation([...twoPlaces, ...older], true)).toEqual([]);
    expect(epochsOverlap([cut])).toEqual({ running: true, asleep: false, met: new Map() });
    expect(epochsOverlap(twoPlaces)).toEqual({ running: false, asleep: false, met: new Map() });
  });

  test("two duplicates are known of from their first conflict on, and only where nodes could not see each other", () => {
    const met = new Map([["cart-1", 1_000_001]]);
    const again = { ...conflict, atMs: 1_000_005 };
    expect(epochsOverlap([cut, { ...conflict, atMs: 1_000_001 }, again]).met).toEqual(met);
    expect(epochsOverlap([conflict]).met.size).toBe(0);
  });
});

describe("several replicas that serve (P1, P3)", () => {
  const replicas = { kind: "replicas", atMs: 0, strategy: "replication" } as const;
  const at = (ms: number, event: ReturnType<typeof handled>) => ({ ...event, atMs: ms });

  test("each node has one under an epoch of its own, whatever the others count", () => {
    const several = [handled(1, 1_001), handled(2, 1, "node-2@x/0.0"), handled(3, 1_001), handled(4, 1_001, "node-2@x/0.0")];
    expect(checkActivation([replicas, ...several], false)).toEqual([]);
    expect(checkActivation(several, false)).not.toEqual([]);
  });

  test("fail when one epoch runs at two places of a node", () => {
    expect(checkActivation([replicas, handled(1), handled(2, 1, "node-1@x/1.0")], false)).toEqual([
      "P1: cart-1, epoch 1 runs at node-1@x/0.0 and at node-1@x/1.0",
    ]);
  });

  test("fail when one that another took over from handles messages for longer than its last moments", () => {
    const taken = [replicas, at(0, handled(1, 1_001)), at(10, handled(2, 2, "node-1@x/1.0"))];
    const last = (ms: number) =>
      checkActivation([...taken, at(ms, handled(3, 1_001)), at(ms, handled(4, 2, "node-1@x/1.0"))], false);
    expect(last(1_000)).toEqual([]);
    expect(last(1_100)).toEqual(["P1: cart-1 handles a message under epoch 1001 at node-1@x/0.0 after epoch 2 took over there"]);
  });

  test("each keeps the order, and a message that two of them handle is one too many", () => {
    const far = "node-2@x/0.0";
    expect(checkOrder([replicas, made(1), made(2), handled(2), handled(1, 1, far)])).toEqual([]);
    expect(checkOrder([replicas, made(1), made(2), handled(2), handled(1)])).toHaveLength(1);
    expect(checkOrder([replicas, made(1), handled(1), handled(1, 1, far)])).toHaveLength(1);
  });

  test("an actor that ended and was started again is another sender, and each of its lives keeps the order", () => {
    const ended = { ...conflict, name: "childStopped", detail: { id: "cart-1", reason: "idle" } } as const;
    const late = [selfHandled("b"), selfHandled("a")];
    expect(checkOrder([self("a", false), ended, self("b", false), ...late])).toEqual([]);
    expect(checkOrder([self("a", false), self("b", false), ended, ...late])).toHaveLength(1);
  });

  test("a replica and the actor that comes in its stead are two whose timers send, and each keeps the order", () => {
    const due = (input: string, epoch: number) => ({ ...self(input, true), epoch });
    const late = [selfHandled("b"), selfHandled("a")];
    expect(checkOrder([replicas, due("a", 1_001), due("b", 2), ...late])).toEqual([]);
    expect(checkOrder([replicas, due("a", 2), due("b", 2), ...late])).toHaveLength(1);
    expect(checkOrder([due("a", 3), due("b", 2), ...late])).toHaveLength(1);
    // What waited in a life that could not begin anew comes to the next one.
    expect(checkOrder([due("a", 1_001), due("b", 2), ...late])).toEqual([]);
  });
});

describe("one fate (P2) and order (P3)", () => {
  test.each([
    ["P2: cart-1 handles add 1 of node-0@x/main twice", [made(1), handled(1), handled(1)]],
    ["P2: cart-1 handles add 1 of node-0@x/main that was never sent", [handled(1), made(1)]],
    ["P3: cart-1 handles add 1 of node-0@x/main out of order", [made(1), made(2), handled(2), handled(1)]],
    [
      'P3: cart-1 handles add "tock" of cart-1 out of order',
      [self("tock", false), self("tick", false), selfHandled("tick"), selfHandled("tock")],
    ],
  ])("fails: %s", (problem, history) => {
    expect(checkOrder(history)).toEqual([problem]);
  });

  test("a message that comes twice is one too many on two sides of a cut as well", () => {
    expect(checkOrder([made(1), handled(1), handled(1, 1_001)], true)).toHaveLength(1);
    expect(checkOrder([made(1), made(2), handled(2, 1_001), handled(1, 1)], true)).toEqual([]);
  });

  test("of a sender of which two duplicates were there, each keeps the order of what it sent from one place", () => {
    const met = new Map([["b", 1]]);
    const sent = (input: number, place: string) => made(input, false, "cart-1", "b", place);
    const came = (input: number) => handled(input, 1, "p", "cart-1", "b");
    const mixed = [sent(1, "x"), sent(2, "y"), sent(3, "x"), came(3), came(2)];
    expect(checkOrder(mixed, true, met)).toEqual([]);
    expect(checkOrder(mixed, true)).toHaveLength(1);
    expect(checkOrder([...mixed, came(1)], true, met)).toHaveLength(1);
  });

  test("hold for gaps, for messages that say the same, for senders that mix, and for a timer that overtakes", () => {
    expect(checkOrder([made(1), made(2), made(3), handled(1), handled(3)])).toEqual([]);
    expect(checkOrder([made(1), made(1), handled(1), handled(1)])).toEqual([]);
    expect(checkOrder([made(1), made(2, false, "cart-1", "b"), handled(2, 1, "p", "cart-1", "b"), handled(1)])).toEqual([]);
    expect(checkOrder([self("told", false), self("due", true), selfHandled("due"), selfHandled("told")])).toEqual([]);
  });
});

describe("the counters add up (P2)", () => {
  const accounts = (sent: number, handledCount: number, what?: string) => ({
    history: { events: what === undefined ? [] : [{ kind: "fault" as const, atMs: 0, what }] },
    everyHub: () => [
      { hub: { stats: () => ({ messages: { sent, handled: handledCount, refused: 1, expired: 1, deadLettered: 1 } }) } },
    ],
  });

  test("fails when a message has no fate, or one too many", () => {
    expect(checkConservation(accounts(10, 6))).toEqual(["P2: 10 messages were sent and only 9 ended"]);
    expect(checkConservation(accounts(10, 8))).toEqual(["P2: 10 messages were sent and 11 ended (0 in doubt)"]);
    expect(checkConservation(accounts(10, 8, "crash node-1"))).toHaveLength(1);
    for (const fault of ["cut [[0],[1]]", "freeze node-1"]) expect(checkConservation(accounts(10, 6, fault))).toHaveLength(1);
  });

  test("where two threads of a node died, as many may be missing as the first had sent", () => {
    const kill = (thread: number, node = "node-1") => ({
      kind: "fault" as const,
      atMs: 0,
      what: `kill thread ${thread} of ${node}`,
    });
    const sent = [1, 2].map((n) => made(n, false, "cart-1", "b", "node-1@x/0.0"));
    const missing = (count: number, ...events: HistoryEvent[]) =>
      checkConservation({ ...accounts(10, 7 - count), history: { events } }).length;
    expect([missing(2, ...sent, kill(0), kill(1)), missing(3, ...sent, kill(0), kill(1))]).toEqual([0, 1]);
    expect([missing(2, ...sent, kill(0)), missing(2, ...sent, kill(1), kill(0))]).toEqual([1, 1]);
    expect([missing(2, ...sent, kill(0), kill(1, "node-2")), missing(2, kill(0), ...sent, kill(1))]).toEqual([1, 1]);
  });

  test("holds when all is accounted for; what died with a node is not", () => {
    expect(checkConservation(accounts(10, 7))).toEqual([]);
    expect(checkConservation(accounts(10, 2, "crash node-1"))).toEqual([]);
    expect(checkConservation(accounts(10, 2, "rename node-1 to node-9"))).toEqual([]);
  });
});
