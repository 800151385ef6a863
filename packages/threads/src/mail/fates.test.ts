import type { CounterName, DeadLetter, WireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Fates } from "./fates.js";
import { anEnvelope } from "./fixtures/an-envelope.js";

function fates() {
  const owed: string[] = [];
  const replies: [epoch: number, code: string | number | undefined][] = [];
  const counts: CounterName[] = [];
  const letters: DeadLetter[] = [];
  const made = new Fates({
    linkLetters: 3,
    outboxes: { owe: (from) => owed.push(from) },
    origins: { reply: (_, epoch, answer) => replies.push([epoch, (answer as WireError).code]) },
    count: (name) => counts.push(name),
    deadLetter: (letter) => letters.push(letter),
  });
  return { made, owed, replies, counts, letters };
}

test("credit goes back once to the place a message came by, and to nobody for one that came over no link", () => {
  const { made, owed } = fates();
  const envelope = anEnvelope({ via: "n@1/1.0" });
  made.taken(envelope);
  made.taken(envelope);
  made.taken(anEnvelope());
  expect(owed).toEqual(["n@1/1.0"]);
});

test("a tell that ends is a dead letter with its reason, and counted", () => {
  const { made, letters, counts, replies } = fates();
  made.deadLetter(anEnvelope({ sender: "s" }), "ActorNotFound", "nobody");
  expect(letters).toEqual([{ to: "a", message: "add", sender: "s", reason: "ActorNotFound", detail: "nobody", count: 1 }]);
  expect([counts, replies]).toEqual([["deadLettered"], []]);
});

test("an ask that ends is refused, under the later of its own epoch and the actor's: an older answer would not count", () => {
  const { made, letters, counts, replies } = fates();
  made.deadLetter(anEnvelope({ ask: 1, epoch: 4 }), "ActorStopped", "ended", 2);
  made.deadLetter(anEnvelope({ ask: 2, epoch: 4 }), "ActorStopped", "ended", 6);
  expect([letters, counts]).toEqual([[], ["refused", "refused"]]);
  expect(replies).toEqual([
    [4, "ActorStopped"],
    [6, "ActorStopped"],
  ]);
});

test("no room and out of order have errors of their own", () => {
  const { made, letters } = fates();
  made.overflow(anEnvelope());
  made.overtaken(anEnvelope());
  expect(letters.map(({ reason }) => reason)).toEqual(["MailboxFull", "Partitioned"]);
  expect(letters[0]?.detail).toBe("3 messages are on the way towards actor a; wait for ready() when tell returns false");
});
