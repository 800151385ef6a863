import { describe, expect, test } from "vitest";
import { decode, encode } from "./codec.js";
import { kinds } from "./fixtures/kinds.js";
import { bytes, card, error, id, main, place, record, spec } from "./fixtures/sample.js";
import { Datagram, NodeAnswer, NodeMessage, NodeRequest, protocolVersion } from "./node-messages.js";
import { RegistryChange } from "./registry-change.js";

const node = "node-1";
const incarnation = "k1";
const placement = { id, place, epoch: 3, mode: "passive" as const };

const datagrams: Datagram[] = [
  { type: "hello", version: protocolVersion, settings: { id: "f00" }, card, asks: 1 },
  {
    type: "hello",
    version: protocolVersion,
    settings: { id: "f00" },
    card,
    to: incarnation,
    answers: 1,
    members: [{ node: "b", incarnation: "1" }],
    namesake: { incarnation: "k0", generation: 5 },
  },
  { type: "refuse", node, to: incarnation, answers: 1, refusal: { why: "settings", names: ["migration"] } },
  { type: "refuse", node, to: incarnation, answers: 1, refusal: { why: "version", version: 9 } },
  { type: "refuse", node, to: incarnation, answers: 1, refusal: { why: "name" } },
  { type: "heartbeat", node, incarnation, number: 1 },
  { type: "heartbeat", node, incarnation, number: 2, pulse: { number: 3, heard: [["node-2", "2", 7]] } },
  { type: "goodbye", node, incarnation },
  { type: "link", from: "k1", to: "k2", session: 3, endedSession: 1, ackSession: 2, number: 0, ack: 9, bodies: [bytes] },
];

const requests: NodeRequest[] = [
  { type: "start", specs: [spec], hops: 0 },
  { type: "start", specs: [spec], hops: 0, decided: true },
  { type: "stop", ids: [id], deadlineMs: 5 },
  { type: "move", ids: [id], node, thread: 0, hops: 1 },
  { type: "locate", ids: [id] },
  { type: "adopt", records: [record], decided: true },
  { type: "leave", incarnation, number: 5 },
  { type: "standbys", ids: [id] },
  { type: "mergeDuplicate", id, state: bytes, hops: 1 },
  { type: "hosted", ids: [id] },
  { type: "collect", name: "cache", input: bytes },
  { type: "settled" },
  { type: "update", id, update: { tag: null, metadata: { team: 7 } } },
  { type: "isThere", id },
];

const answers: NodeAnswer[] = [
  {
    type: "start",
    outcomes: [
      { id, placement },
      { id, error },
    ],
    records: [record],
  },
  { type: "stop", outcomes: [{ id }, { id, node: "b" }] },
  { type: "move", outcomes: [{ id, error }] },
  { type: "locate", records: [record] },
  { type: "leave" },
  { type: "standbys", states: [{ id, epoch: 3, sequence: 7, state: bytes, timers: [] }] },
  { type: "mergeDuplicate", error },
  { type: "hosted", ids: [id] },
  { type: "update", updated: true },
  { type: "isThere", there: true },
  { type: "collect", value: bytes },
  { type: "settled", busy: "it moves actors", heads: [{ author: node, incarnation, number: 5 }], nodes: [node] },
  { type: "collect", error },
  { type: "adopt", errors: [{ id, error }] },
];

const changes: RegistryChange[] = [
  { op: "put", record },
  { op: "drop", id, epoch: 3, ended: true, lineage: "a@1#1" },
  { op: "stand", replicaRecord: placement },
  { op: "unstand", id },
  { op: "bury", tombstone: { id, lineage: "a@1#1" } },
];

const messages: NodeMessage[] = [
  { type: "packet", packet: { from: place, to: main, envelopes: 2, bytes } },
  { type: "changes", batch: { author: node, incarnation, first: 1, changes }, onward: ["node-2"] },
  { type: "snapshot", part: { author: node, incarnation, number: 5, clock: 9, part: 0, last: true, records: [record] } },
  {
    type: "snapshot",
    part: { author: node, incarnation, number: 5, clock: 9, part: 0, last: true, records: [], replicaRecords: [placement] },
  },
  {
    type: "snapshot",
    part: { author: node, incarnation, number: 5, clock: 9, part: 0, last: true, records: [], ended: [{ id, lineage: "a@1#1" }] },
  },
  { type: "startsUnderWay", ids: [id] },
  { type: "startsEnded", ids: [id], heads: [{ author: node, incarnation, number: 5 }] },
  { type: "clusterSize", size: 3 },
  { type: "deaths", count: 2 },
  { type: "notice", name: "cache", input: bytes },
  { type: "digest", heads: [{ author: node, incarnation, number: 5 }], ask: true },
  { type: "digest", heads: [], ask: true, unmet: { node, incarnation } },
  { type: "lastRecords", head: { author: node, incarnation, number: 5 }, records: [record], ended: [{ id, lineage: "a@1#1" }] },
  { type: "unreached", nodes: [node] },
  { type: "repair", author: node },
  { type: "repair", author: node, after: 4 },
  { type: "load", load: { eventLoop: 0.5, queued: 3, actors: 7, memory: 0.1 } },
  { type: "placeDown", place, error },
  { type: "placeDrainReported", place },
  { type: "placeDrained", place },
  { type: "status", card },
  { type: "raiseEpochAbove", id, by: 1_001 },
  ...requests.map((request): NodeMessage => ({ type: "request", call: 1, request })),
  ...answers.map((answer): NodeMessage => ({ type: "answer", call: 1, answer })),
  { type: "answer", call: 1, answer: { type: "leave" }, heads: [{ author: node, incarnation, number: 5 }] },
  { type: "answer", call: 1, error },
];

test.each(datagrams)("the datagram $type survives the wire and its schema", (datagram) => {
  expect(Datagram.parse(decode(encode(datagram)))).toStrictEqual(datagram);
});

test.each(messages)("the message $type survives the wire and its schema", (message) => {
  expect(NodeMessage.parse(decode(encode(message)))).toStrictEqual(message);
});

test("the cases above are all there are", () => {
  const types = (list: readonly { readonly type: string }[]): string[] => [...new Set(list.map(({ type }) => type))].sort();
  expect(types(datagrams)).toEqual(kinds(Datagram));
  expect(types(requests)).toEqual(kinds(NodeRequest));
  expect(types(answers)).toEqual(kinds(NodeAnswer));
  expect(types(messages)).toEqual(kinds(NodeMessage));
  expect(changes.map(({ op }) => op).sort()).toEqual(kinds(RegistryChange).sort());
});

describe("hostile messages are refused", () => {
  test.each<[string, unknown]>([
    ["an unknown type", { type: "shutdown" }],
    ["a key too many", { type: "repair", author: node, force: true }],
    ["a node's name that is a path", { type: "repair", author: "../x" }],
    ["a call without a number", { type: "request", call: 0, request: requests[0] }],
    ["a request in a request", { type: "request", call: 1, request: messages[10] }],
    ["a change before the first", { type: "changes", batch: { author: node, incarnation, first: 0, changes }, onward: [] }],
    ["an actor without an id", { type: "request", call: 1, request: { type: "locate", ids: [""] } }],
  ])("%s", (_, message) => {
    expect(NodeMessage.safeParse(message).success).toBe(false);
  });

  test("an incarnation that would break a place's name", () => {
    expect(Datagram.safeParse({ ...datagrams[0], card: { ...card, incarnation: "a/b" } }).success).toBe(false);
  });
});
