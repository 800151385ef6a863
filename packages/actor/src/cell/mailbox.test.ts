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

function mailbox(limit = 10) {
  const seen: string[] = [];
  let room = (): void => {};
  const time = { nowMs: 1_000 };
  const mail = new Mailbox({
    limits: { mailbox: limit },
    now: () => time.nowMs,
    count: (name) => void seen.push(name),
    taken: ({ name }) => void seen.push(`credit ${name}`),
    reply: ({ name }, { code }) => void seen.push(`reply ${name} ${code}`),
    markerMet: ({ markerId }) => void seen.push(`marker ${markerId}`),
    deadLetter: ({ name }, reason) => void seen.push(`dead ${name} ${reason}`),
    ready: () => new Promise((resolve) => (room = resolve)),
  });
  return { mail, seen, time, room: () => room() };
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
    const waiting = mail.waitForRoom();
    mail.put(envelope("b"));
    expect(seen).toEqual(["credit a", "credit b"]);
    room();
    await waiting;
    mail.put(envelope("c"));
    expect(seen).toEqual(["credit a", "credit b"]);
  });
});
