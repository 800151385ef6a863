import type { Envelope } from "@process-hub/actor";
import {
  encode,
  FrameKind,
  openOwn,
  type Packet,
  type PlaceId,
  StrictChecks,
  seal,
  ThreadExited,
  ThreadSettings,
  toWireError,
} from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { envelopeFrame } from "./envelope-frames.js";
import { Mailer } from "./mailer.js";

const here = "n@1/0.0";
const ended = toWireError(new ThreadExited("it has ended"));

/** A mailer where no actor is: what comes goes back to its sender. */
function mailer() {
  const sent: Packet[] = [];
  const posted: [PlaceId, number][] = [];
  const letters: string[] = [];
  const resolving: string[] = [];
  const nothing = (): void => {};
  const made = new Mailer({
    place: here,
    checks: new StrictChecks(),
    clock: new VirtualClock(),
    settings: ThreadSettings.parse({
      ...{
        mailbox: 10,
        tasks: 10,
        actorWindow: 10,
        linkWindow: 10,
        linkLetters: 10,
        forwardings: 10,
        restartMax: 1,
        restartWithinMs: 1,
        askTimeoutMs: 10,
      },
      ...{ handoffTimeoutMs: 10, initTimeoutMs: 10, stuckAfterMs: 10, deliveryMs: 10, markerRetryMs: 10, evacuationLookMs: 1 },
    }),
    transmit: (packet) => sent.push(packet),
    postedToDead: (place, count) => posted.push([place, count]),
    find: () => undefined,
    resolve: (ids) => resolving.push(...ids),
    deadLetter: ({ reason }) => letters.push(reason),
    ...{ count: nothing, handoff: nothing, events: nothing, service: nothing, badFrame: nothing },
  });
  return { made, sent, posted, letters, resolving };
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
  const { made, sent, posted } = mailer();
  const there = "m@1/0.0";
  made.receive(envelopeOf(there));
  made.placeDown(there, ended);
  expect([sent.map(({ to, envelopes }) => [to, envelopes]), posted]).toEqual([[[there, 1]], [[there, 1]]]);
});

test("the number of messages for a dead thread of this node is reported, those that wait for it included", async () => {
  const { made, sent, posted } = mailer();
  const there = "n@1/1.0";
  made.receive(envelopeOf(there));
  made.placeDown(there, ended);
  await Promise.resolve();
  expect([sent, posted]).toEqual([[], [[there, 1]]]);
});

/** Frames of all packets that left, kind or type first. */
function frames(sent: readonly Packet[]): unknown[] {
  return sent
    .flatMap(openOwn)
    .map((frame) => (Array.isArray(frame) ? frame[0] : `${frame.type} ${"place" in frame ? frame.place : ""}`));
}

test("a message is held until its actor's place is known, leaves, and its sender slows down when the window is full", async () => {
  const { made, sent, resolving } = mailer();
  expect(made.tell(null, "a", "note", 1)).toBe(true);
  await Promise.resolve();
  expect([resolving, sent]).toEqual([["a"], []]);
  made.routes.resolved("a", "m@1/0.0", 1);
  for (let n = 2; n < 10; n++) expect(made.tell(null, "a", "note", n)).toBe(true);
  expect(made.tell(null, "a", "note", 10)).toBe(false);
  let ready = false;
  void made.ready().then(() => (ready = true));
  await Promise.resolve();
  expect([ready, frames(sent).length]).toEqual([false, 10]);
  made.outboxes.credited("m@1/0.0", 5);
  await settle();
  expect(ready).toBe(true);
});

test("an ask whose message went to a place that is down fails with its error; one held for another place waits on", async () => {
  const { made } = mailer();
  const failed: string[] = [];
  const note = (error: Error): void => void failed.push(error.name);
  void made.ask(null, "a", "note", 1).catch(note);
  made.routes.resolved("a", "m@1/0.0", 1);
  void made.ask(null, "b", "note", 1).catch(note);
  made.placeDown("m@1", ended);
  await settle();
  expect([failed, made.asks.size]).toEqual([["ThreadExited"], 1]);
});

test("an ask that has gone on with its actor outlives the place it was sent to, and dies with the one it waits at", async () => {
  const { made } = mailer();
  const failed: string[] = [];
  void made.ask(null, "a", "note", 1).catch((error: Error) => void failed.push(error.name));
  made.routes.resolved("a", "m@1/0.0", 1);
  made.receive(seal("o@1/0.0", here, [[FrameKind.askHere, 1, 2, "a"]], 0));
  made.placeDown("m@1", ended);
  await settle();
  expect(failed).toEqual([]);
  made.placeDown("o@1", ended);
  await settle();
  expect(failed).toEqual(["ThreadExited"]);
});

test("an ask to a dead thread whose actor has gone waits until the thread is drained: only then is it known to be lost", async () => {
  const { made } = mailer();
  const failed: string[] = [];
  const note = (error: Error): void => void failed.push(error.name);
  void made.ask(null, "a", "note", 1).catch(note);
  void made.ask(null, "b", "note", 1).catch(note);
  for (const id of ["a", "b"]) made.routes.resolved(id, "m@1/0.0", 1);
  for (const id of ["a", "b"]) made.routes.moved(id, 2, "o@1/0.0");
  made.placeDown("m@1/0.0", ended);
  await settle();
  expect(failed).toEqual([]);
  made.receive(seal("o@1/0.0", here, [[FrameKind.askHere, 1, 2, "a"]], 0));
  made.placeDrained("m@1/0.0");
  await settle();
  expect([failed, made.asks.size]).toEqual([["ThreadExited"], 1]);
});

test("routes wait until a dead thread is drained, or its node is down as well", async () => {
  for (const end of ["drained", "node"]) {
    const { made, resolving } = mailer();
    made.tell(null, "a", "note", 1);
    made.routes.resolved("a", "m@1/0.0", 1);
    made.placeDown("m@1/0.0", ended);
    await Promise.resolve();
    expect([end, resolving]).toEqual([end, ["a"]]);
    if (end === "drained") made.placeDrained("m@1/0.0");
    else made.placeDown("m@1", ended);
    await Promise.resolve();
    expect([end, new Set(resolving).size, resolving.length > 1]).toEqual([end, 1, true]);
  }
});

test("a new thread hears which places are down, and that nothing of the dead threads is on the way to it", async () => {
  const { made, sent } = mailer();
  made.placeDown("m@1", ended);
  made.placeDown("n@1/1.0", ended);
  made.tellDown("n@1/2.0");
  await Promise.resolve();
  expect(frames(sent)).toEqual(["placeDown m@1", "placeDown n@1/1.0", "placeDrained n@1/1.0"]);
});

test("a place that ends settles its mail: held messages are dead letters, asks fail, nothing more is taken", async () => {
  const { made, letters } = mailer();
  made.tell(null, "a", "note", 1);
  const asked = made.ask(null, "b", "note", 1).catch((error: Error) => error.name);
  made.close();
  expect([await asked, letters, made.closed]).toEqual(["HubClosed", ["HubClosed"], true]);
  expect(() => made.tell(null, "a", "note", 2)).toThrow("the hub is closed");
  await expect(made.ask(null, "a", "note", 2)).rejects.toThrow("the hub is closed");
  await made.ready();
});
