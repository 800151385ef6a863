import type { Envelope } from "@process-hub/actor";
import { encode, type Packet, type PlaceId, seal, ThreadExited, ThreadSettings, toWireError } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { envelopeFrame } from "./envelope-frames.js";
import { Mailer } from "./mailer.js";

const here = "n@1/0.0";
const ended = toWireError(new ThreadExited("it has ended"));

/** A mailer where no actor is: what comes goes back to its sender. */
function mailer() {
  const sent: Packet[] = [];
  const severed: [PlaceId, number][] = [];
  const nothing = (): void => {};
  const made = new Mailer({
    place: here,
    clock: new VirtualClock(),
    settings: ThreadSettings.parse({
      ...{ mailbox: 10, linkWindow: 10, linkLetters: 10, forwardings: 10, restartMax: 1, restartWithinMs: 1, askTimeoutMs: 10 },
      ...{ handoffTimeoutMs: 10, initTimeoutMs: 10, stuckAfterMs: 10, deliveryMs: 10, markerRetryMs: 10, evacuationLookMs: 1 },
    }),
    transmit: (packet) => sent.push(packet),
    severed: (place, posted) => severed.push([place, posted]),
    find: () => undefined,
    ...{ count: nothing, resolve: nothing, handoff: nothing, service: nothing, deadLetter: nothing, badFrame: nothing },
  });
  return { made, sent, severed };
}

function envelopeOf(origin: PlaceId): Packet {
  const fields = {
    to: "a",
    epoch: 1,
    sentEpoch: 1,
    name: "note",
    payload: encode(1),
    sender: null,
    ask: 0,
    expiresAtMs: 0,
    via: null,
  };
  const envelope: Envelope = { kind: "envelope", origin, ...fields };
  return seal(origin, here, [envelopeFrame(envelope, origin, 0)], 1);
}

test("a message that just went back to a thread of another node when that is said to be down is that node's to count", () => {
  const { made, sent, severed } = mailer();
  const there = "m@1/0.0";
  made.receive(envelopeOf(there));
  made.placeDown(there, ended);
  expect([sent.map(({ to, envelopes }) => [to, envelopes]), severed]).toEqual([[[there, 1]], [[there, 1]]]);
});

test("one of this node is told how many went there, those that wait for it included", async () => {
  const { made, sent, severed } = mailer();
  const there = "n@1/1.0";
  made.receive(envelopeOf(there));
  made.placeDown(there, ended);
  await Promise.resolve();
  expect([sent, severed]).toEqual([[], [[there, 1]]]);
});
