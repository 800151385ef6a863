import { FrameKind, openOwn, type Packet, ThreadExited, ThreadSettings, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { settle, VirtualClock } from "./fixtures/virtual-clock.js";
import { Mailer } from "./mailer.js";

const here = "n@1/0.0";
const there = "m@1/0.0";
const leaver = "m@1";
const markerRetryMs = 100;
const nothing = (): void => {};

/** A mailer that passes mail for actor `a` on to a node that is about to leave. */
function leaving() {
  const sent: Packet[] = [];
  const clock = new VirtualClock();
  const mailer = new Mailer({
    place: here,
    clock,
    settings: ThreadSettings.parse({
      ...{ mailbox: 10, linkWindow: 10, linkLetters: 10, forwardings: 10, restartMax: 1, restartWithinMs: 1, askTimeoutMs: 10 },
      ...{ handoffTimeoutMs: 10, initTimeoutMs: 10, stuckAfterMs: 10, deliveryMs: 30_000, markerRetryMs, evacuationLookMs: 10 },
    }),
    transmit: (packet) => sent.push(packet),
    find: () => undefined,
    ...{ count: nothing, resolve: nothing, handoff: nothing, service: nothing, deadLetter: nothing, badFrame: nothing },
    severed: nothing,
  });
  mailer.forward("a", 1, there, 2);
  let left = false;
  const leave = (): void => void mailer.evacuate(leaver).then(() => (left = true));
  const pass = async (ms: number): Promise<void> => {
    const endMs = clock.now() + ms;
    while (clock.advance(endMs)) await settle();
    await settle();
  };
  const markers = (): number[] =>
    sent.flatMap(openOwn).flatMap((frame) => (Array.isArray(frame) && frame[0] === FrameKind.marker ? [frame[3]] : []));
  return { mailer, leave, pass, markers, hasLeft: () => left };
}

test("a node that leaves is not kept by entries to a thread of it that has died", async () => {
  const { mailer, leave, pass, hasLeft } = leaving();
  mailer.placeDown(there, toWireError(new ThreadExited("it has ended")));
  leave();
  await pass(markerRetryMs);
  expect(hasLeft()).toBe(true);
});

test("nor by one whose thread dies while it waits for the answer to a marker", async () => {
  const { mailer, leave, pass, hasLeft } = leaving();
  leave();
  await pass(markerRetryMs);
  expect(hasLeft()).toBe(false);
  mailer.placeDown(there, toWireError(new ThreadExited("it has ended")));
  await pass(markerRetryMs);
  expect(hasLeft()).toBe(true);
});

test("a marker that was lost on the way is sent again, and either answer to it will do", async () => {
  const { mailer, leave, pass, markers, hasLeft } = leaving();
  leave();
  await pass(markerRetryMs * 1.5);
  const [markerId = 0] = markers();
  expect(markers()).toEqual([markerId, markerId]);
  mailer.frameHandler.flushed("a", markerId);
  await pass(markerRetryMs);
  expect(hasLeft()).toBe(true);
});
