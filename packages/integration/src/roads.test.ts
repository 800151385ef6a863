import { randomUUID } from "node:crypto";
import { inspect, isDeepStrictEqual } from "node:util";
import { decode, encode } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { natsTransport } from "@process-hub/transport-nats";
import fc from "fast-check";
import { createHub, type Hub, type HubOptions, replication } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { Hubs } from "./fixtures/hubs.js";
import { Keeper, OutOfStock } from "./fixtures/keeper.actor.js";
import { NatsServer } from "./fixtures/nats-server.js";

/** What is sent: anything that structured clone takes, circles and what belongs to one thread left out. */
const key = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\ud800", "constructor", "toJSON", "then", ""));
const keys = key.filter((text) => text !== "__proto__");
const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Number.NaN));
const typed = fc.oneof(fc.uint8Array(), fc.float64Array(), fc.int16Array(), fc.bigInt64Array());
const leaf = fc.oneof(
  ...[
    numbers,
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.date({ noInvalidDate: false }),
    typed,
    key,
  ],
  fc.constantFrom(/a+/gi, new ArrayBuffer(3)),
);
const code = fc.oneof(fc.constant(undefined), fc.string(), fc.integer());
const classes = fc.constantFrom(Error, RangeError, TypeError, SyntaxError);
const { value, error } = fc.letrec<{ value: unknown; list: unknown; record: unknown; map: unknown; set: unknown; error: Error }>(
  (tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("record"), tie("map"), tie("set"), tie("error")),
    list: fc.oneof(fc.array(tie("value"), { maxLength: 4 }), fc.sparseArray(tie("value"), { maxNumElements: 3, maxLength: 9 })),
    record: fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    set: fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)),
    error: fc
      .tuple(classes, fc.string(), code, tie("value"), fc.boolean(), fc.array(tie("value"), { maxLength: 2 }))
      .map(([Class, message, ownCode, cause, gathers, errors]) => {
        const made = gathers ? new AggregateError(errors, message, { cause }) : new Class(message, { cause });
        return Object.assign(made, ownCode === undefined ? {} : { code: ownCode }, { at: cause });
      }),
  }),
);

/** Equal in all that travels, stacks included; where not, the first of the two may show it. */
function expectSame(got: unknown, sent: unknown): void {
  if (!isDeepStrictEqual(got, sent)) expect(inspect(got, { depth: 9 })).toBe(inspect(sent, { depth: 9 }));
  expect(Buffer.from(encode(got)).equals(encode(sent))).toBe(true);
}

const check = (arbitrary: fc.Arbitrary<unknown>, numRuns: number, road: (sent: unknown) => Promise<unknown>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (sent) => {
      expectSame(await road(sent), sent);
    }),
    { numRuns },
  );

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const options: Partial<HubOptions> = { actors: [Keeper] };

/** Has each hub host an actor on each of its two threads, `node-0` and `node-1`, and `node-2` beside the first. */
async function cast(...all: readonly Hub[]): Promise<void> {
  for (const { node } of all) {
    for (const n of [0, 1, 2]) {
      const id = `${node}-${n}`;
      await all[0]?.start(Keeper, { id });
      await all[0]?.move(id, { node, thread: n % 2 });
    }
  }
}

const relayed = (hub: Hub, from: string, to: string) => (sent: unknown) =>
  hub.ref(Keeper, from).ask("relay", { to, value: sent }) as Promise<unknown>;
/** A new actor for each: one that has thrown waits before it begins anew. */
const thrown = (hub: Hub, node: string) => async (sent: unknown) => {
  const thrower = await hub.start(Keeper, { id: randomUUID(), nodes: [node] });
  const caught: unknown = await thrower.ask("throw", sent).catch((reason: unknown) => reason);
  // An error without a code of its own gets the hub's.
  if ((sent as { code?: unknown }).code === undefined) delete (caught as { code?: unknown }).code;
  // Its stack goes on with the lines of who asked.
  const { stack } = sent as Error;
  expect((caught as Error).stack).toEqual(expect.stringContaining(stack ?? ""));
  (caught as Error).stack = stack ?? "";
  return caught;
};

test("what is sent arrives as it was: same thread, thread to thread, node to node; what is thrown too", async () => {
  const [a, b] = await hubs.pair(options);
  await cast(a, b);
  await check(value, 40, relayed(a, "a-0", "a-2"));
  await check(value, 40, relayed(a, "a-0", "a-1"));
  await check(value, 40, relayed(a, "a-0", "b-0"));
  await check(error, 40, thrown(a, "a"));
  await check(error, 40, thrown(a, "b"));
});

test("arguments, metadata and states by a move arrive as they were", async () => {
  const [a, b] = await hubs.pair(options);
  let started = 0;
  await check(value, 12, async (sent) => {
    const id = `args-${started++}`;
    const keeper = await a.start(Keeper, { id, args: { first: sent }, metadata: { sent } });
    await until("the other node knows", () => b.lookup(id) !== undefined);
    expectSame(a.lookup(id)?.metadata, { sent });
    expectSame(b.lookup(id)?.metadata, { sent });
    expectSame(await keeper.ask("kept"), sent);
    const at = a.lookup(id)?.replicas[0];
    await a.move(id, { node: at?.node === "a" ? "b" : "a", thread: 1 });
    return keeper.ask("kept");
  });
});

test("a state that a standby kept, and one of a duplicate that ended, arrive as they were", async () => {
  const patient = { heartbeatIntervalMs: 100, suspectAfterMs: 400, downAfterMs: 800 };
  const redundancy = replication({ factor: 2, model: "active-passive", standby: true });
  const [a, b] = await hubs.pair({ ...options, redundancy, timings: patient });
  const sent = fc.sample(value, { numRuns: 20, seed: 7 });
  const ids = sent.map((_, i) => `kept-${i}`);
  for (const [i, id] of ids.entries()) await a.start(Keeper, { id, args: { first: sent[i] } });
  await until("two replicas of each", () => ids.every((id) => a.lookup(id)?.replicas.length === 2));
  await until("the standbys have all", () => [a, b].every((hub) => hub.stats().standby.unacknowledged === 0));
  hubs.network.isolate("b");
  await until("each goes on alone", () =>
    [a, b].every((hub) => ids.every((id) => hub.lookup(id)?.replicas[0]?.node === hub.node)),
  );
  for (const hub of [a, b]) {
    for (const [i, id] of ids.entries()) expectSame(await hub.ref(Keeper, id).ask("kept"), sent[i]);
  }
  hubs.network.restore("b");
  await until("they are one again", async () => {
    const theirs = await Promise.all(
      ids.map((id) =>
        a
          .ref(Keeper, id)
          .ask("theirs")
          .catch(() => undefined),
      ),
    );
    return theirs.every((one, i) => sent[i] === undefined || one !== undefined);
  });
  for (const [i, id] of ids.entries()) expectSame(await a.ref(Keeper, id).ask("theirs"), sent[i]);
});

test("an error of a listed class is of that class at its caller, and another kind is refused", async () => {
  const [a, b] = await hubs.pair(options);
  await cast(a, b);
  for (const id of ["a-0", "b-1"]) {
    const caught = await a
      .ref(Keeper, id)
      .ask("sell", 0)
      .catch((reason: unknown) => reason);
    expect(caught).toBeInstanceOf(OutOfStock);
    expect(caught).toMatchObject({ isEmpty: true, left: 0, message: "0 left", code: "HandlerFailed" });
  }
  const Other = { ...Keeper, name: "other" };
  await expect(a.ref(Other, "b-0").ask("kept")).rejects.toMatchObject({ code: "WrongActor" });
});

test("what cannot travel is refused where it is given, with its path", async () => {
  const a = await hubs.make("a", options);
  class Board {}
  const keeper = await a.start(Keeper, { id: "k" });
  const path = (field: string) => ({
    code: "NotSerializable",
    message: expect.stringContaining(`${field} is an instance of Board`),
  });
  expect(() => keeper.tell("keep", { cells: [new Board()] })).toThrow(expect.objectContaining(path("input.cells[0]")));
  await expect(keeper.ask("echo", { cells: [new Board()] })).rejects.toMatchObject(path("input.cells[0]"));
  await expect(a.start(Keeper, { id: "x", args: { first: new Board() } })).rejects.toMatchObject(path("args.first"));
  await expect(a.start(Keeper, { id: "x", metadata: { at: new Board() } })).rejects.toMatchObject(path("metadata.at"));
});

describeNats("by NATS", () => {
  test("what is sent, and what is thrown, arrive as they were", async () => {
    await using server = await NatsServer.start();
    const open = (node: string): Promise<Hub> =>
      createHub({ id: "roads", node, threads: 2, actors: [Keeper], transport: natsTransport({ servers: server.url }) });
    const [a, b] = await Promise.all([open("a"), open("b")]);
    try {
      await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
      await cast(a, b);
      await check(value, 40, relayed(a, "a-0", "b-0"));
      await check(error, 40, thrown(a, "b"));
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });
});

describe("the values themselves", () => {
  test("cross the codec", () => {
    fc.assert(fc.property(value, (sent) => expectSame(decode(encode(sent)), sent)));
  });
});
