import { encode, type Frame, type PlaceId, toWireError } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { aMarker, anEnvelope } from "./fixtures/an-envelope.js";
import { Origins } from "./origins.js";

const [here, there] = ["n@1/0.0", "m@1/0.0"];

/** Tells origins from `here`: what leaves, with its messages and bytes, and what is taken here, by name. */
function origins() {
  const pushed: [to: PlaceId, kind: number, envelopes: number, bytes: number][] = [];
  const own: string[] = [];
  const down = new Set<PlaceId>();
  const made = new Origins({
    place: here,
    clock: new VirtualClock(),
    outboxes: {
      push: (to, frame: Frame, envelopes = 0, bytes = 0) =>
        pushed.push([to, Array.isArray(frame) ? frame[0] : -1, envelopes, bytes]),
    },
    unreachable: { isDown: (place) => down.has(place) },
    reply: (ask, epoch) => own.push(`reply ${ask}/${epoch}`),
    item: ([, , ask, epoch, index]) => own.push(`item ${index} of ${ask}/${epoch}`),
    markerMet: (id, markerId) => own.push(`markerMet ${id} ${markerId}`),
    askHere: (ask, to, epoch) => own.push(`askHere ${ask} of ${to}/${epoch}`),
    wentOn: (ask, to, place, epoch) => own.push(`wentOn ${ask} of ${to}/${epoch} ${place}`),
    moved: (id, epoch, place) => own.push(`moved ${id} ${epoch} ${place}`),
    bounced: ({ kind }, place, epoch, givenUp) => own.push(`bounced ${kind} ${place} ${epoch} ${givenUp}`),
  });
  const all = (origin: PlaceId): boolean => {
    made.reply(anEnvelope({ origin, ask: 7 }), 2, encode("x"));
    made.markerMet("a", 3, origin);
    made.askHere({ to: "a", origin, ask: 7 }, 3);
    made.wentOn(origin, 8, { id: "a", nextEpoch: 4, to: there });
    made.moved(origin, "a", 4, there);
    return made.bounced(anEnvelope({ origin }), { place: there, epoch: 5 }, true);
  };
  return { made, pushed, own, down, all };
}

test("what is for this place is taken here, at once", () => {
  const { all, own, pushed } = origins();
  expect(all(here)).toBe(true);
  expect(pushed).toEqual([]);
  expect(own).toEqual([
    "reply 7/2",
    "markerMet a 3",
    "askHere 7 of a/3",
    `wentOn 8 of a/4 ${there}`,
    `moved a 4 ${there}`,
    `bounced envelope ${there} 5 true`,
  ]);
});

test("an answer for another place is one frame; a message that bounces is counted, a marker is not", () => {
  const { made, all, own, pushed } = origins();
  expect(all(there)).toBe(true);
  made.reply(anEnvelope({ origin: there, ask: 8 }), 2, toWireError(new Error("no")));
  made.bounced(aMarker({ origin: there }), undefined, false);
  const bytes = encode("x").byteLength;
  expect(own).toEqual([]);
  expect(pushed).toEqual([
    [there, 1, 0, bytes],
    [there, 3, 0, 0],
    [there, 8, 0, 0],
    [there, 13, 0, 0],
    [there, 4, 0, 0],
    [there, 5, 1, 64],
    [there, 1, 0, 256],
    [there, 5, 0, 64],
  ]);
});

test("a place that is down hears nothing, and takes nothing back", () => {
  const { all, own, pushed, down } = origins();
  down.add(there);
  expect(all(there)).toBe(false);
  expect([own, pushed]).toEqual([[], []]);
});
