import { Frame, FrameKind, HandoffFrame, mainPlace, NodeMessage, type NodeRequest, nodeLife } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { hotSwap } from "@process-hub/strategies";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { forger, forgerLife } from "../fixtures/forger.js";
import { Lab } from "../fixtures/lab.js";
import { liesOf } from "../fixtures/lies.js";
import { type Heard, Tapped } from "../fixtures/tapped.js";
import type { Hub } from "./hub.js";

/** More runs, of another seed each time: `FUZZ_RUNS=5000`. */
const { FUZZ_RUNS } = process.env;
const runs = FUZZ_RUNS === undefined ? { numRuns: 400, seed: 1 } : { numRuns: Number(FUZZ_RUNS) };

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** Nodes "a" and "b" with actors on both, each of which has counted to its number; all that came to "a" is heard. */
async function serving(options: Parameters<Lab["hub"]>[1] = {}) {
  const tap = new Tapped(lab.network.transport());
  const hubs = [await lab.hub("a", { ...options, transport: tap }), await lab.hub("b", options)] as const;
  const [a, b] = hubs;
  await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
  const ids = Array.from({ length: 12 }, (_, i) => `c-${i}`);
  for (const [n, id] of ids.entries()) {
    await a.start(Counter, { id });
    await (n % 2 === 0 ? a : b).ref(Counter, id).ask("add", { by: n });
  }
  return { tap, a, b, ids };
}

/** Nothing has changed, and all goes on: who is there, who runs where, what each has counted; and an actor that comes now. */
async function checkUnharmed(
  { a, b, ids }: { readonly a: Hub; readonly b: Hub; readonly ids: readonly string[] },
  known = 1,
): Promise<void> {
  await until("the members are there", () => a.nodes().includes("b") && b.nodes().includes("a"));
  for (const hub of [a, b]) {
    expect(await Promise.all(ids.map((id) => hub.ref(Counter, id).ask("read")))).toEqual(ids.map((_, n) => n));
    expect(hub.list("global").filter(({ id }) => ids.includes(id))).toHaveLength(ids.length);
    expect(hub.stats().invariants).toEqual({});
    const id = `new-${hub.node}-${known}`;
    await hub.start(Counter, { id });
    for (const other of [a, b]) await other.ref(Counter, id).ask("add", { by: 1 });
    expect(await hub.ref(Counter, id).ask("read")).toBe(2);
  }
}

const garbage = fc.uint8Array({ maxLength: 60 });
const cut = (bytes: Uint8Array) => fc.nat(bytes.length).map((at) => bytes.slice(0, at));
const flipped = (bytes: Uint8Array) =>
  fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(([at, bit]) => bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)));

/** Datagrams made of those that were heard; `altered`: with flipped bits as well, which only a secret finds out. */
function datagrams(heard: readonly Heard[], altered: boolean): fc.Arbitrary<Heard> {
  const from = fc.constantFrom("a", "b", "c", "?");
  return fc.oneof(
    fc.record({ from, bytes: garbage }),
    fc.constantFrom(...heard),
    fc.constantFrom(...heard).chain((one) => cut(one.bytes).map((bytes) => ({ ...one, bytes }))),
    fc.constantFrom(...heard).chain((one) => from.map((name) => ({ ...one, from: name }))),
    ...(altered ? [fc.constantFrom(...heard).chain((one) => flipped(one.bytes).map((bytes) => ({ ...one, bytes })))] : []),
  );
}

describe("datagrams of a stranger", () => {
  test("random, cut short, said again late, out of order, in other names: nothing changes", async () => {
    const all = await serving();
    fc.assert(
      fc.property(datagrams([...all.tap.heard], false), (datagram) => all.tap.inject(datagram)),
      runs,
    );
    await checkUnharmed(all);
  });

  test("with flipped bits as well, where the hub has a secret: nothing changes", async () => {
    const all = await serving({ secret: "our secret" });
    fc.assert(
      fc.property(datagrams([...all.tap.heard], true), (datagram) => all.tap.inject(datagram)),
      runs,
    );
    await checkUnharmed(all);
  });

  test("of an earlier life of a member, all of them, again and again: nothing changes", async () => {
    // What moves to a node that is back keeps its count.
    const migration = hotSwap();
    const all = await serving({ migration });
    const old = all.tap.heard.filter(({ from }) => from === "b");
    await all.b.close();
    const b = await lab.hub("b", { migration });
    await until("they see each other", () => all.a.nodes().join() === "b" && b.nodes().join() === "a");
    const counts = await Promise.all(all.ids.map((id) => b.ref(Counter, id).ask("read")));
    for (let round = 0; round < 3; round++) for (const datagram of old) all.tap.inject(datagram);
    await until("they see each other", () => all.a.nodes().join() === "b" && b.nodes().join() === "a");
    expect(await Promise.all(all.ids.map((id) => b.ref(Counter, id).ask("read")))).toEqual(counts);
    expect(all.a.stats().invariants).toEqual({});
  });
});

/** What an honest member may ask for, of any actor: it may start and stop them, and set the size of the cluster. */
const powers: ReadonlySet<string> = new Set<NodeRequest["type"] | NodeMessage["type"]>([
  "start",
  "stop",
  "move",
  "adopt",
  "mergeDuplicate",
  "clusterSize",
  "raiseEpochAbove",
]);

/** Whether a message is a lie about itself: such a member is what it says, as far as anybody can know. */
function speaksOfItself(message: NodeMessage): boolean {
  if (message.type === "request") return powers.has(message.request.type);
  if (message.type === "changes") return message.batch.author === forgerLife.node;
  if (message.type === "snapshot") return message.part.author === forgerLife.node;
  return powers.has(message.type);
}

/**
 * Whether a frame is one of those that a member may send of itself, and nobody can prove wrong: it hands over an actor, or it answers a
 * question by its number, or has it answered. See docs/security.md.
 */
function isPower(frame: Frame): boolean {
  if (!Array.isArray(frame)) return HandoffFrame.safeParse(frame).success;
  const answers: readonly number[] = [
    FrameKind.reply,
    FrameKind.marker,
    FrameKind.markerMet,
    FrameKind.bounced,
    FrameKind.askHere,
  ];
  return frame[0] === FrameKind.envelope ? frame[7] !== 0 : answers.includes(frame[0]);
}

describe("a member that lies", () => {
  async function lying() {
    const all = await serving();
    const liar = await forger(lab);
    await until("it is a member", () => [all.a, all.b].every((hub) => hub.nodes().includes(forgerLife.node)));
    const places = ["a", "b"].flatMap((node) => lab.threads.get(node)?.spawned.map(({ place }) => place) ?? []);
    const lives = places.map((place) => place.slice(place.indexOf("@") + 1, place.indexOf("/")));
    const mains = ["a", "b"].map((node, i) => mainPlace(node, lives[2 * i] ?? ""));
    const own = mainPlace(forgerLife.node, forgerLife.incarnation);
    const words = [
      "c-0",
      "c-1",
      "c-2",
      "a",
      "b",
      "forger",
      "nobody",
      ...lives,
      "f1",
      ...places,
      ...mains,
      own,
      "counter",
      nodeLife("a", lives[0] ?? ""),
    ];
    return { ...all, liar, places: [...places, ...mains], own, words };
  }

  test("about others, in messages that fit: nothing changes", async () => {
    const all = await lying();
    const lies = liesOf(NodeMessage, all.words)
      .filter((message) => NodeMessage.safeParse(message).success)
      .map((message) => NodeMessage.parse(message))
      .filter((message) => !speaksOfItself(message));
    fc.assert(
      fc.property(lies, fc.constantFrom("a", "b"), (message, to) => all.liar.say(to, message)),
      runs,
    );
    await checkUnharmed(all);
    for (const hub of [all.a, all.b]) expect(hub.stats().routing.badFrames).toBeGreaterThan(runs.numRuns / 20);
    await all.liar.leave();
  });

  async function post(which: (frame: Frame) => boolean): Promise<Awaited<ReturnType<typeof lying>>> {
    const all = await lying();
    const frames = liesOf(Frame, all.words)
      .map((frame) => Frame.parse(frame))
      .filter(which);
    fc.assert(
      fc.property(frames, fc.constantFrom(...all.places), (frame, to) =>
        all.liar.post(to.startsWith("a") ? "a" : "b", all.own, to, frame),
      ),
      runs,
    );
    return all;
  }

  test("about others, in frames to threads, that fit: nothing changes", async () => {
    const all = await post((frame) => !isPower(frame));
    await checkUnharmed(all);
    await all.liar.leave();
  });

  test("in any frames to threads, that fit: nothing crashes, and all that it did not name goes on", async () => {
    const all = await post(() => true);
    await all.liar.leave();
    await until("it is gone", () => ![all.a, all.b].some((hub) => hub.nodes().includes(forgerLife.node)));
    const others = all.ids.filter((id) => !all.words.includes(id));
    // What it had answered in the name of others may still be on its way.
    const count = (hub: Hub, id: string): Promise<unknown> =>
      hub
        .ref(Counter, id)
        .ask("read")
        .catch(({ code }) => code);
    for (const hub of [all.a, all.b])
      await until("all that it did not name goes on", async () => {
        const counts = await Promise.all(others.map((id) => count(hub, id)));
        return counts.every((n, at) => n === all.ids.indexOf(others[at] ?? "")) || counts;
      });
  });
});

test("the lies of these tests reach all kinds of messages and frames", () => {
  const words = ["x", "a", "b", "f1", "a@1/0.0", "b@1/main"];
  const kinds = (schema: Parameters<typeof liesOf>[0]): number =>
    new Set(fc.sample(liesOf(schema, words), 2_000).map((one) => (Array.isArray(one) ? one[0] : (one as { type: string }).type)))
      .size;
  expect(kinds(NodeMessage)).toBe(NodeMessage.options.length);
  expect(kinds(Frame)).toBeGreaterThan(30);
});
