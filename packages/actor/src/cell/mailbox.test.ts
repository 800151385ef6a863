import { refusal } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import type { Envelope, Mail } from "./envelope.js";
import { Mailbox } from "./mailbox.js";

const stopped = refusal("ActorStopped", "gone", { id: "a" });

function envelope(name: string, ask = 0): Envelope {
  const way = { to: "a", epoch: 1, sentEpoch: 1, origin: "m@i/main", sender: null, via: "m@i/main" };
  return { kind: "envelope", name, payload: new Uint8Array(), ask, expiresAtMs: 0, ...way };
}

const marker = (markerId: number): Mail => ({ kind: "marker", to: "a", epoch: 1, markerId, origin: "m@i/main" });

function mailbox(limit = 10, actorWindow = 1_000, hasRoom = false) {
  const seen: string[] = [];
  let room = (_: "room"): void => {};
  const time = { nowMs: 1_000, waiting: 0 };
  const mail = new Mailbox({
    limits: { mailbox: limit, actorWindow },
    hasRoom,
    waits: (by) => void (time.waiting += by),
    tellRoom: (id, to, room) => void seen.push(`${id} ${room ? "has room" : "is full"} for ${to}`),
    now: () => time.nowMs,
    count: (name) => void seen.push(name),
    taken: ({ name }) => void seen.push(`credit ${name}`),
    reply: ({ name }, { code }) => void seen.push(`reply ${name} ${code}`),
    markerMet: ({ markerId }) => void seen.push(`marker ${markerId}`),
    deadLetter: ({ name }, reason) => void seen.push(`dead ${name} ${reason}`),
    ready: () => new Promise((resolve) => (room = resolve)),
  });
  return { mail, seen, time, room: () => room("room") };
}

describe("a mailbox", () => {
  test("gives messages out in order; the credit of each goes back as it leaves", () => {
    const { mail, seen } = mailbox();
    for (const name of ["a", "b"]) expect(mail.put(envelope(name))).toBe(true);
    expect([mail.next()?.name, mail.next()?.name, mail.next()]).toEqual(["a", "b", undefined]);
    expect(seen).toEqual(["credit a", "credit b"]);
  });

  test("bounds what waits and what is kept aside together; an ask is refused, a tell is a dead letter", () => {
    const { mail, seen } = mailbox(2);
    mail.put(envelope("a"));
    mail.putAside(envelope("b"));
    expect(mail.put(envelope("c", 1))).toBe(false);
    mail.putAside(envelope("d"));
    expect(seen).toEqual(["credit c", "refused", "reply c MailboxFull", "credit d", "dead d MailboxFull"]);
    expect([mail.size, mail.waiting]).toEqual([1, 2]);
  });

  test("takes over a snapshot's messages, whose bound was another's", () => {
    const { mail, seen } = mailbox(1);
    mail.load(["a", "b", "c"].map((name) => envelope(name)));
    expect([mail.size, seen]).toEqual([3, []]);
  });

  test("keeps aside so many markers as messages, and beside these: whoever sent one sends it again", () => {
    const { mail, seen } = mailbox(2);
    for (const id of [1, 2, 3]) mail.putAside(marker(id));
    for (const name of ["a", "b", "c"]) mail.putAside(envelope(name));
    expect([mail.waiting, seen]).toEqual([2, ["credit c", "dead c MailboxFull"]]);
    expect(mail.drainAside()).toEqual([marker(1), marker(2), envelope("a"), envelope("b")]);
    for (const id of [4, 5]) mail.putAside(marker(id));
    expect(mail.drainAside()).toHaveLength(2);
  });

  test("has room again where the time of an ask is over", () => {
    const { mail, seen, time } = mailbox(3);
    mail.put({ ...envelope("a", 1), expiresAtMs: 1_050 });
    mail.put(envelope("b"));
    mail.putAside({ ...envelope("c", 2), expiresAtMs: 1_050 });
    expect(mail.put(envelope("d"))).toBe(false);
    time.nowMs = 1_099;
    expect(mail.put(envelope("e"))).toBe(false);
    time.nowMs = 1_100;
    expect(mail.put(envelope("f"))).toBe(true);
    expect(seen.slice(4)).toEqual(["credit c", "expired", "credit a", "expired"]);
    expect([mail.waiting, mail.next()?.name, mail.next()?.name]).toEqual([2, "b", "f"]);
  });

  test("leaves the messages before what is kept aside as they are: they have left with the actor", () => {
    const { mail, time } = mailbox(2);
    mail.put({ ...envelope("a", 1), expiresAtMs: 1_050 });
    mail.putAside({ ...envelope("b", 2), expiresAtMs: 1_050 });
    time.nowMs = 1_100;
    mail.putAside(envelope("c"));
    expect([mail.size, mail.drainAside()]).toEqual([1, [envelope("c")]]);
  });

  test("keeps aside, in order, a marker past the bound of messages, and gives all back once", () => {
    const { mail } = mailbox(1);
    mail.putAside(envelope("a"));
    mail.putAside(marker(7));
    expect(mail.drainAside()).toEqual([envelope("a"), marker(7)]);
    expect([mail.drainAside(), mail.waiting]).toEqual([[], 0]);
  });

  test("turns away: a marker is answered, a message refused and its credit given", () => {
    const { mail, seen } = mailbox();
    mail.turnAway(marker(3), stopped);
    mail.turnAway(envelope("a", 1), stopped);
    expect(seen).toEqual(["marker 3", "credit a", "refused", "reply a ActorStopped"]);
  });

  test("owes no credit while its actor waits for room, for what is there and for what comes", async () => {
    const { mail, seen, room } = mailbox();
    mail.put(envelope("a"));
    const waiting = mail.waitForRoom("a", ["b"]);
    mail.put(envelope("b"));
    expect(seen).toEqual(["credit a", "credit b"]);
    room();
    await waiting;
    mail.put(envelope("c"));
    expect(seen).toEqual(["credit a", "credit b"]);
  });

  test("gives the credit of a message back as it comes, while the thread has room", () => {
    const { mail, seen } = mailbox(10, 10, true);
    mail.put(envelope("a"));
    mail.putAside(envelope("b"));
    expect(seen).toEqual(["credit a"]);
  });

  test("counts, for its thread, what waits to be handled", async () => {
    const { mail, time } = mailbox();
    mail.load([envelope("a"), envelope("b")]);
    mail.put({ ...envelope("c"), expiresAtMs: 1_050 });
    mail.putTimer(envelope("d"));
    expect(time.waiting).toBe(4);
    mail.next();
    expect(time.waiting).toBe(3);
    time.nowMs = 2_000;
    mail.dropExpired();
    expect(time.waiting).toBe(2);
    mail.drain();
    expect(time.waiting).toBe(0);
  });
});

describe("the window of an actor", () => {
  const from = (origin: string, name = "x"): Envelope => ({ ...envelope(name), origin });
  const full = (place: string): string => `a is full for ${place}`;
  const free = (place: string): string => `a has room for ${place}`;
  const words = (seen: string[]): string[] => seen.splice(0).filter((word) => !word.startsWith("credit"));

  test("each place that writes to it is told once that it is full, and once that half of that is handled", () => {
    const { mail, seen } = mailbox(10, 4);
    for (let n = 1; n <= 3; n++) mail.put(from("p"));
    expect([words(seen), mail.isFullFor("p")]).toEqual([[], false]);
    for (const place of ["p", "p", "q"]) mail.put(from(place));
    expect([words(seen), mail.isFullFor("p"), mail.isFullFor("r")]).toEqual([[full("p"), full("q")], true, false]);
    for (let n = 1; n <= 3; n++) mail.next();
    expect(words(seen)).toEqual([]);
    mail.next();
    expect([words(seen), mail.isFullFor("p")]).toEqual([[free("p"), free("q")], false]);
    mail.next();
    expect(words(seen)).toEqual([]);
  });

  test("what is kept aside counts, and those who were told hear when it leaves", () => {
    const { mail, seen } = mailbox(10, 2);
    mail.put(from("p"));
    mail.putAside(from("q"));
    expect(words(seen)).toEqual([full("q")]);
    mail.drain();
    expect(words(seen)).toEqual([free("q")]);
    mail.putAside(from("q"));
    mail.drainAside();
    expect(words(seen)).toEqual([full("q"), free("q")]);
  });

  test("widens by itself once more than waits, up to the limit; it is as before when half of it is handled", () => {
    const { mail, seen } = mailbox(7, 2);
    for (let n = 1; n <= 3; n++) mail.put(from("p"));
    words(seen);
    mail.widen();
    expect([words(seen), mail.isFullFor("p")]).toEqual([[free("p")], false]);
    mail.widen();
    mail.put(from("p"));
    expect(words(seen)).toEqual([]);
    mail.put(from("p"));
    expect(words(seen)).toEqual([full("p")]);
    mail.widen();
    for (let n = 1; n <= 2; n++) mail.put(from("p"));
    expect(words(seen)).toEqual([free("p"), full("p")]);
    mail.widen();
    expect(words(seen)).toEqual([]);
    for (let n = 1; n <= 6; n++) mail.next();
    expect(words(seen)).toEqual([free("p")]);
    mail.put(from("p"));
    expect(words(seen)).toEqual([full("p")]);
  });
});
