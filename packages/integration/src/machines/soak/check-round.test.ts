import type { HistoryEvent } from "@process-hub/testkit";
import { createHub, type MessageFates, type RegistryEntry } from "process-hub";
import { beforeAll, describe, expect, test } from "vitest";
import { batchesWhereTheyBegan } from "./batch-in-hand.js";
import { checkRound, type Round } from "./check-round.js";
import { began, type ClerkEvent, enter, entered } from "./clerk-state.js";
import type { Reading } from "./soak-process.js";

const place = "n0@x/0.0";
const made = (n: number, atMs: number, name = "note"): HistoryEvent => ({
  kind: "made",
  atMs,
  message: { from: "n1@y/main", to: "c", name, input: { n } },
  place: "n1@y/main",
  ask: false,
  timer: false,
});
const handling = (name: string, n: number, atMs: number, epoch = 1, at = place): HistoryEvent => ({
  kind: "handling",
  atMs,
  message: { from: "n1@y/main", to: "c", name, input: { n } },
  place: at,
  epoch,
});
const readMade: HistoryEvent = {
  kind: "made",
  atMs: 5,
  message: { from: "n1@y/main", to: "c", name: "read", input: { n: 0 } },
  place: "n1@y/main",
  ask: true,
  timer: false,
};
const said = (name: string, detail: ClerkEvent, atMs: number): HistoryEvent => ({
  kind: "event",
  atMs,
  node: "n0",
  name,
  detail,
});
const taken = (n: number, atMs: number, life = "first"): HistoryEvent => said(entered, { id: "c", life, n }, atMs);
const born = (atMs: number, life = "first"): HistoryEvent => said(began, { id: "c", life }, atMs);
const fault = (what: string, atMs: number): HistoryEvent => ({ kind: "fault", atMs, what });
const linkBroken: HistoryEvent = {
  kind: "event",
  atMs: 3,
  node: "n0",
  name: "linkBroken",
  detail: { node: "n0", peer: "n1", lost: 0 },
};

const state = { count: 0, sum: 0, life: "first" };
for (const n of [1, 2]) enter(state, n);
const reading: Reading = { state, node: "n0", thread: 0, epoch: 1 };
const counted: MessageFates = { sent: 3, handled: 3, refused: 0, expired: 0, deadLettered: 0 };
const replicas = [{ node: "n0", thread: 0, epoch: 1, mode: "active" as const }];
const entry: RegistryEntry = { id: "c", actor: "clerk", replicas };
const handled = [handling("note", 1, 3), taken(1, 3), handling("note", 2, 4), taken(2, 4)];
const seen = [born(0), made(1, 1), made(2, 2), ...handled, readMade, handling("read", 0, 6)];
let good: Round;

describe("the checks at the end of a round", () => {
  beforeAll(async () => {
    await using hub = await createHub({ id: "alone", node: "n0", threads: 1 });
    const nodes = ["n0", "n1"].map((name) => ({ name, dump: [entry], stats: hub.stats() }));
    good = { events: seen, counted: [counted], nodes, readings: new Map([["c", reading]]), restAtMs: 10 };
  });

  test("hold for a round in which all is well", () => {
    expect(checkRound(good)).toEqual([]);
  });

  test.each<[string, RegExp, () => Partial<Round>]>([
    ["handled twice", /P2: c handles note .* twice/, () => ({ events: [...seen, handling("note", 1, 7)] })],
    [
      "out of order",
      /P3: c handles/,
      () => ({ events: [made(1, 1), made(2, 2), handling("note", 2, 3), handling("note", 1, 4)] }),
    ],
    [
      "an older epoch",
      /P1: c handles a message under epoch 1/,
      () => ({ events: [...seen.slice(0, 5), handling("note", 2, 4, 2), taken(2, 4), readMade, handling("read", 0, 6)] }),
    ],
    ["not accounted for", /P2: 4 messages were sent and only 3 ended/, () => ({ counted: [{ ...counted, sent: 4 }] })],
    ["more ended than sent", /P2: 2 messages were sent and 3 ended/, () => ({ counted: [{ ...counted, sent: 2 }] })],
    [
      "a state that its messages do not make",
      /P4: c holds/,
      () => ({ events: [...seen.slice(0, 5), readMade, handling("read", 0, 6)] }),
    ],
    ["a life that began for no reason", /P8: c began anew at n0/, () => ({ events: [born(-1, "earlier"), ...seen] })],
    [
      "a duplicate that nobody names",
      /P1: at rest c runs at .* and /,
      () => ({ events: [...seen, handling("tick", 0, 11), handling("tick", 0, 12, 1, "n1@y/0.0")] }),
    ],
    [
      "registries that differ",
      /P6: of c/,
      () => ({ nodes: good.nodes.map((node, i) => (i === 0 ? node : { ...node, dump: [] })) }),
    ],
    [
      "an actor elsewhere than it says",
      /P6: c is registered at/,
      () => ({ readings: new Map([["c", { ...reading, node: "n1" }]]) }),
    ],
  ])("fail: %s", (_, problem, change) => {
    expect(checkRound({ ...good, ...change() }).join("\n")).toMatch(problem);
  });

  test("a life may end where a handler threw or a node was harmed, and what others of its id took is not its own", () => {
    const earlier = [born(-5, "earlier"), made(7, -5), handling("note", 7, -4), taken(7, -4, "earlier")];
    const thrown = [made(8, -5, "fail"), handling("fail", 8, -3)];
    expect(checkRound({ ...good, events: [...earlier, ...thrown, ...seen] })).toEqual([]);
    expect(checkRound({ ...good, events: [...earlier, fault("crash n3", -3), ...seen] })).toEqual([]);
    expect(checkRound({ ...good, events: [...earlier, fault("join n3", -3), ...seen] })).toHaveLength(1);
  });

  test("what a life that stood still had of its timers goes on to the next life of its id, after what that one's timers had sent", () => {
    const tick = (n: number, atMs: number, at: string): HistoryEvent => ({
      ...{ kind: "made", atMs, place: at, ask: false, timer: true, epoch: 1 },
      message: { from: "c", to: "c", name: "note", input: { n } },
    });
    const handled = (n: number, atMs: number): HistoryEvent => ({
      ...{ kind: "handling", atMs, place, epoch: 2 },
      message: { from: "c", to: "c", name: "note", input: { n } },
    });
    const two = [
      born(-9, "earlier"),
      tick(1, -8, "n1@y/0.0"),
      born(-7, "later"),
      tick(2, -6, place),
      handled(2, -5),
      handled(1, -4),
    ];
    const broken = (more: HistoryEvent[]): string[] =>
      checkRound({ ...good, events: [...more, ...two, ...seen] }).filter((problem) => problem.startsWith("P3"));
    expect(broken([fault("freeze n1", -9)])).toEqual([]);
    expect(broken([])).toHaveLength(1);
  });

  test("after a kill, and after nothing else, fewer messages may be accounted for", () => {
    const fewer = [{ ...counted, sent: 9 }];
    expect(checkRound({ ...good, counted: fewer, events: [fault("crash n2", 0), ...seen] })).toEqual([]);
    expect(checkRound({ ...good, counted: fewer, events: [...seen, linkBroken] })).toHaveLength(1);
    expect(checkRound({ ...good, counted: fewer })).toHaveLength(1);
  });

  test("a batch that a freeze cut in two counts where it stood still; what comes after it does not", () => {
    const before = handling("note", 0, 4);
    const frozen = [before, fault("freeze n0", 5), handling("note", 9, 6, 2, "n1@y/0.0"), fault("thaw n0", 1_507)];
    const late = (n: number, to: string): HistoryEvent => {
      const event = handling("note", n, 1_508);
      return event.kind === "handling" ? { ...event, message: { ...event.message, to } } : event;
    };
    const times = (events: HistoryEvent[]) => batchesWhereTheyBegan(events).map(({ atMs }) => atMs);
    expect(times([...frozen, late(1, "c"), late(2, "c"), late(1, "d"), late(3, "c")])).toEqual([
      4, 5, 5, 5, 6, 1_507, 1_508, 1_508,
    ]);
    const short = [before, fault("freeze n0", 5), fault("thaw n0", 1_500), late(1, "c")];
    expect(times(short)).toEqual([4, 5, 1_500, 1_508]);
    const namesake = handling("note", 1, 1_509, 2, "n0@z/0.0");
    expect(times([...frozen, late(1, "c"), namesake])).toEqual([4, 5, 5, 6, 1_507, 1_509]);
    const soon = [handling("note", 8, 2), fault("freeze n0", 3), before, fault("thaw n0", 1_507)];
    expect(times([...soon, late(1, "c")])).toEqual([2, 3, 4, 4, 1_507]);
    const long = Array.from({ length: 40 }, (_, n) => late(n, "c"));
    expect(times([...frozen, ...long]).filter((atMs) => atMs === 1_508)).toHaveLength(8);
  });
});
