import {
  type CounterName,
  type EnvelopeFrame,
  type Frame,
  FrameKind,
  openOwn,
  type Packet,
  StrictChecks,
} from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Outboxes } from "./outboxes.js";

const [here, there] = ["n@1/0.1", "n@1/1.1"];
const frame = (n: number): Frame => [FrameKind.markerMet, "a", n];

function outboxes(window = 16, maxBytes = Number.POSITIVE_INFINITY) {
  const packets: Packet[] = [];
  const counts = new Map<CounterName, number>();
  let rooms = 0;
  const made = new Outboxes({
    place: here,
    checks: new StrictChecks(),
    window,
    maxBytes,
    transmit: (packet) => packets.push(packet),
    count: (name, by) => counts.set(name, (counts.get(name) ?? 0) + by),
    roomAgain: () => rooms++,
  });
  return { outboxes: made, packets, counts, rooms: () => rooms };
}

test("what is pushed in one turn travels as one packet, in order", async () => {
  const { outboxes: out, packets, counts } = outboxes();
  for (let n = 1; n <= 3; n++) out.push(there, frame(n), 1);
  expect(packets).toEqual([]);
  await Promise.resolve();
  expect(packets).toMatchObject([{ from: here, to: there, envelopes: 3 }]);
  expect(openOwn(packets[0] as Packet)).toEqual([frame(1), frame(2), frame(3)]);
  expect(counts.get("posted")).toBe(3);
});

test("a batch that is large leaves at once, and the rest follows it", async () => {
  const { outboxes: out, packets } = outboxes();
  for (let n = 1; n <= 600; n++) out.push(there, frame(n));
  out.push(there, frame(601), 1, 300_000);
  out.push(there, frame(602));
  await Promise.resolve();
  expect(packets.flatMap((packet) => openOwn(packet))).toEqual(Array.from({ length: 602 }, (_, n) => frame(n + 1)));
  expect(packets.length).toBe(3);
});

test("the window closes when it is full, and opens when half of it was taken into hand", () => {
  const { outboxes: out, rooms } = outboxes(16);
  for (let n = 1; n < 16; n++) expect(out.spend(there)).toBe(true);
  expect(out.spend(there)).toBe(false);
  expect(out.hasRoom(there)).toBe(false);
  out.credited(there, 6);
  expect([out.hasRoom(there), rooms()]).toEqual([false, 1]);
  out.credited(there, 2);
  expect([out.hasRoom(there), rooms(), out.outstanding(there)]).toEqual([true, 2, 8]);
});

test("credit is paid in eighths of the window, and never counts more than was sent", async () => {
  const { outboxes: out, packets } = outboxes(16);
  out.owe(there);
  await Promise.resolve();
  expect(packets).toEqual([]);
  out.owe(there);
  await Promise.resolve();
  expect(openOwn(packets[0] as Packet)).toEqual([[FrameKind.credit, 2]]);
  out.spend(there);
  out.credited(there, 50);
  expect(out.outstanding(there)).toBe(0);
  out.spend(there);
  expect(out.outstanding(there)).toBe(1);
});

test("a place that is down is forgotten: the number sent there, with those that waited, is returned, and its window is open", async () => {
  const { outboxes: out, packets, rooms } = outboxes(2);
  out.push(there, frame(1), 1);
  await Promise.resolve();
  out.push(there, frame(2), 1);
  out.spend(there);
  out.spend(there);
  expect(out.sever((place) => place === there)).toEqual([{ place: there, posted: 2 }]);
  await Promise.resolve();
  expect([packets.length, out.hasRoom(there), rooms(), out.outstanding(there)]).toEqual([1, true, 1, 0]);
});

test("frames too large for one packet leave in several, in order, each with its count of messages; a single frame always leaves", async () => {
  const { outboxes: out, packets, counts } = outboxes(16, 1_000);
  const envelope = (n: number, bytes: number): Frame => [
    FrameKind.envelope,
    "a",
    n,
    "m",
    new Uint8Array(bytes),
    null,
    null,
    0,
    0,
  ];
  const sizes = [600, 600, 2_000, 10];
  for (const [n, bytes] of sizes.entries()) out.push(there, envelope(n, bytes), 1);
  await Promise.resolve();
  expect(packets.map(({ envelopes }) => envelopes)).toEqual([1, 1, 1, 1]);
  const arrived = packets.flatMap((packet) => openOwn(packet)) as EnvelopeFrame[];
  expect(arrived.map(([, , n, , payload]) => [n, (payload as Uint8Array).byteLength])).toEqual([...sizes.entries()]);
  expect(counts.get("posted")).toBe(4);
});
