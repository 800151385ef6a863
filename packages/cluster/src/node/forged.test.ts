import type { NodeMessage, RegistryRecord } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { forgedIn, type Speaker } from "./forged.js";

const speaker: Speaker = { node: "b", life: "b@b1", ownLife: "a@a1", direct: true };
const bytes = new Uint8Array();
const error = { name: "Error", message: "ended" };
const card = {
  node: "b",
  incarnation: "b1",
  number: 1,
  generation: 1,
  places: [],
  joinedAtMs: 1,
  draining: false,
  kinds: [],
  times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
};
const record = (place: string, state: RegistryRecord["state"] = "running"): RegistryRecord => ({
  spec: { id: "x", actor: "counter", args: undefined, restart: "permanent" },
  place,
  epoch: 1,
  mode: "active",
  life: { name: "l1", restarts: 0, bornAtMs: 1 },
  state,
});
const changes = (author: string, incarnation: string, one: RegistryRecord): NodeMessage => ({
  type: "changes",
  batch: { author, incarnation, first: 1, changes: [{ op: "put", record: one }] },
  onward: [],
});
const snapshot = (author: string, one: RegistryRecord): NodeMessage => ({
  type: "snapshot",
  part: { author, incarnation: "b1", number: 1, clock: 1, part: 0, last: true, records: [one] },
});
const packet = (from: string, to: string): NodeMessage => ({ type: "packet", packet: { from, to, envelopes: 0, bytes } });

describe("a member may say of itself", () => {
  const honest: [string, NodeMessage][] = [
    ["a packet of its thread for one of the receiver's", packet("b@b1/0.0", "a@a1/1.0")],
    ["the end of its own thread", { type: "placeDown", place: "b@b1/0.0", error }],
    ["that its own thread is drained", { type: "placeDrained", place: "b@b1/0.0" }],
    ["that it has taken in what a thread of the receiver had sent", { type: "placeDrainReported", place: "a@a1/0.0" }],
    ["its card", { type: "status", card }],
    ["where its actors run", changes("b", "b1", record("b@b1/0.0"))],
    ["where its actors went", changes("b", "b1", record("c@c1/0.0", "moved"))],
    ["all its records", snapshot("b", record("b@b1/1.0"))],
    ["that it leaves", { type: "request", call: 1, request: { type: "leave", incarnation: "b1", number: 1 } }],
  ];
  test.each(honest)("%s", (_what, message) => {
    expect(forgedIn(message, speaker)).toBeUndefined();
  });

  test("the changes of others, where they are passed on", () => {
    const others = changes("c", "c1", record("c@c1/0.0"));
    expect(forgedIn(others, { ...speaker, direct: false })).toBeUndefined();
    expect(forgedIn(others, speaker)).toBe("changes of node c");
  });
});

describe("nobody is believed", () => {
  const lies: [string, NodeMessage][] = [
    ["a packet in the receiver's name", packet("a@a1/0.0", "a@a1/main")],
    ["a packet in the name of a third", packet("c@c1/0.0", "a@a1/main")],
    ["a packet in the name of its own earlier life", packet("b@b0/0.0", "a@a1/main")],
    ["a packet for a third", packet("b@b1/main", "c@c1/0.0")],
    ["the end of the receiver's thread", { type: "placeDown", place: "a@a1/0.0", error }],
    ["the end of a third's thread", { type: "placeDown", place: "c@c1/0.0", error }],
    ["that a third's thread is drained", { type: "placeDrained", place: "c@c1/0.0" }],
    ["a report of a third's thread", { type: "placeDrainReported", place: "c@c1/0.0" }],
    ["another's card", { type: "status", card: { ...card, node: "c" } }],
    ["that its actor runs at a third", changes("b", "b1", record("c@c1/0.0"))],
    ["that its actor runs at the receiver", changes("b", "b1", record("a@a1/0.0"))],
    ["another's records", snapshot("c", record("c@c1/0.0"))],
    ["its own records at a third", snapshot("b", record("c@c1/0.0"))],
    ["the leave of its next life", { type: "request", call: 1, request: { type: "leave", incarnation: "b2", number: 1 } }],
  ];
  test.each(lies)("who says %s", (_what, message) => {
    expect(forgedIn(message, speaker)).toEqual(expect.any(String));
  });
});
