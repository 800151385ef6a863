import {
  type CounterName,
  encode,
  type Frame,
  FrameKind,
  type Packet,
  type PlaceId,
  StrictChecks,
  seal,
} from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { envelopeFrame } from "./envelope-frames.js";
import { anEnvelope } from "./fixtures/an-envelope.js";
import { FrameHandler } from "./frame-handler.js";

const [here, beside, there] = ["n@1/0.0", "n@1/1.0", "m@1/0.0"];
const message = (): Frame => envelopeFrame(anEnvelope({ origin: there, payload: encode(1) }), there, 0);

/** A handler of frames that come to `here`: which part was given what, as text. */
function handler() {
  const done: string[] = [];
  const counts: [CounterName, number][] = [];
  const state = { late: false };
  const checks = new StrictChecks();
  const made = new FrameHandler({
    ...{ place: here, own: "n@1/", clock: new VirtualClock(), checks },
    count: (name, by) => counts.push([name, by]),
    badFrame: (peer) => done.push(`bad frame from ${peer}`),
    delivery: {
      deliver: (mail) => done.push(`deliver ${mail.kind} to ${mail.to}/${mail.epoch}`),
      withdraw: (id, epoch, ask, origin) => done.push(`ask ${ask} of ${origin} to ${id}/${epoch} is withdrawn`),
    },
    answers: {
      reply: (ask) => done.push(`reply ${ask}`),
      markerMet: (id, markerId) => done.push(`markerMet ${id} ${markerId}`),
      bounced: (mail, place, epoch, givenUp) =>
        done.push(`bounced ${mail.kind} of ${mail.origin} ${mail.kind === "envelope" && mail.via} ${place} ${epoch} ${givenUp}`),
    },
    routes: {
      moved: (id, epoch, place) => done.push(`moved ${id}/${epoch} to ${place}`),
      leadsTo: (id) => id !== "never written to",
    },
    outboxes: { credited: (to, envelopes) => done.push(`${to} took ${envelopes}`) },
    asks: {
      isAt: (ask, to, place, epoch) => done.push(`ask ${ask} of ${to} is at ${place}/${epoch}`),
      wentOn: (ask, to, place, epoch) => done.push(`ask ${ask} of ${to} went on to ${place}/${epoch}`),
      accepts: (ask, epoch) => ask === 7 && epoch >= 3,
    },
    streams: { take: ([, , ask, , index], from) => done.push(`item ${index} of stream ${ask} from ${from}`) },
    stalePaths: {
      note: (id, epoch, origin) => done.push(`${origin} writes straight to ${id}/${epoch}`),
      isLate: () => state.late,
    },
    fates: { taken: ({ via }) => done.push(`taken from ${via}`), overtaken: () => done.push("overtaken") },
    find: (id) => ({
      widen: () => done.push(`${id} is widened`),
      more: (from, ask, items) => done.push(`${items} more of stream ${ask} of ${id} for ${from}`),
    }),
    full: {
      add: (id, place) => done.push(`${id} is full at ${place}`),
      delete: (id, place) => done.push(`${id} has room at ${place}`) > 0,
    },
    roomWaits: {
      asked: ([, id, waiter], from) => done.push(`${waiter} waits for ${id}, says ${from}`),
      look: (id) => done.push(`those who wait for ${id} look`),
    },
    askCycles: { asked: ([, to, path]) => done.push(`${path.length} wait for ${to}`) },
    handoff: ({ type }, from) => done.push(`handoff ${type} from ${from}`),
    events: ({ type }, from) => done.push(`events ${type} from ${from}`),
    service: ({ type }, from) => done.push(`service ${type} from ${from}`),
  });
  const receive = (from: PlaceId, ...frames: Frame[]): string[] => {
    made.receive(seal(from, here, frames, 0));
    return done.splice(0);
  };
  return { made, done, counts, checks, state, receive };
}

test("each frame goes to the part that acts on it, in order", () => {
  const { receive } = handler();
  const marker: Frame = [FrameKind.marker, "a", 2, 9, there];
  const frames: Frame[] = [
    message(),
    [FrameKind.reply, 4, 1, encode(1)],
    marker,
    [FrameKind.markerMet, "a", 5],
    [FrameKind.moved, "a", 6, beside],
    [FrameKind.bounced, marker, null, 0, false],
    [FrameKind.credit, 7],
    [FrameKind.stalePath, "a", 8],
    [FrameKind.askHere, 3, 9, "a"],
    [FrameKind.withdraw, "a", 9, 3],
    [FrameKind.wentOn, "a", 9, beside, 3],
    [FrameKind.waitsFor, "a", [["b", there, 2]], null],
    { type: "abort", saga: "s", actors: [] },
  ];
  expect(receive(there, ...frames)).toEqual([
    "deliver envelope to a/1",
    "reply 4",
    "deliver marker to a/2",
    "markerMet a 5",
    `moved a/6 to ${beside}`,
    `bounced marker of ${there} false undefined 0 false`,
    `${there} took 7`,
    `${there} writes straight to a/8`,
    `ask 3 of a is at ${there}/9`,
    `ask 3 of ${there} to a/9 is withdrawn`,
    `ask 3 of a went on to ${beside}/9`,
    "1 wait for a",
    `handoff abort from ${there}`,
  ]);
});

test("a message that comes back is this place's own, and nobody is owed credit for it", () => {
  const { receive } = handler();
  const own = envelopeFrame(anEnvelope({ origin: here, payload: encode(1) }), there, 0);
  expect(receive(there, [FrameKind.bounced, own, beside, 3, true])).toEqual([
    `bounced envelope of ${here} null ${beside} 3 true`,
  ]);
});

test("a message that comes late by another way is refused, and its credit goes back", () => {
  const { receive, state, checks } = handler();
  state.late = true;
  expect(receive(there, message())).toEqual([`taken from ${there}`, "overtaken"]);
  expect(checks.marked.get("stalePathRefused")).toBe(1);
});

test("frames of a thread's service are taken of this node alone", () => {
  const { receive, counts } = handler();
  const frame: Frame = { type: "placeUp", place: "m@1" };
  expect(receive(beside, frame)).toEqual([`service placeUp from ${beside}`]);
  expect(receive(there, frame)).toEqual([`bad frame from ${there}`]);
  expect(counts).toContainEqual(["badFrames", 1]);
});

test("a packet of another node with something that is no frame is dropped whole", () => {
  const { made, done, counts } = handler();
  const bytes = encode([[FrameKind.credit, 1], ["nonsense"]]);
  const packet: Packet = { from: there, to: here, envelopes: 2, bytes };
  made.receive(packet);
  expect([done, counts]).toEqual([[`bad frame from ${there}`], [["badFrames", 1]]]);
});

test("what came is counted, whoever sent it", () => {
  const { made, counts } = handler();
  const packet = seal(there, here, [message()], 1);
  const size = packet.bytes.byteLength;
  made.receive(packet);
  expect(counts).toEqual([
    ["received", 1],
    ["bytesIn", size],
  ]);
});

test("where no replicas are kept, their frames go nowhere", () => {
  const { receive } = handler();
  expect(receive(there, { type: "follow", ids: ["a"] })).toEqual([]);
});

test("where an actor went is heard from those that mail to it goes to, and from this node, and from nobody else", () => {
  const { receive } = handler();
  const moved: Frame = [FrameKind.moved, "never written to", 6, beside];
  expect([receive("z@1/0.0", moved), receive(beside, moved)]).toEqual([[], [`moved never written to/6 to ${beside}`]]);
});

test("an actor is full where its own thread, or a node that mail to it goes to, says so; that it has room anybody may say", () => {
  const { receive } = handler();
  expect(receive(beside, [FrameKind.room, "never written to", false])).toEqual([`never written to is full at ${beside}`]);
  expect(receive(there, [FrameKind.room, "never written to", false], [FrameKind.room, "a", false])).toEqual([
    `a is full at ${there}`,
  ]);
  expect(receive(there, [FrameKind.room, "a", true])).toEqual([`a has room at ${there}`, "those who wait for a look"]);
  expect(receive(there, [FrameKind.waits, "a", "b", there, 1], [FrameKind.widen, "a"])).toEqual([
    `b waits for a, says ${there}`,
    "a is widened",
  ]);
});
