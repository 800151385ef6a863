import { expire, type Mail } from "@process-hub/actor";
import { type CounterName, type Frame, type PlaceId, StrictChecks } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { Delivery } from "./delivery.js";
import { aMarker, anEnvelope } from "./fixtures/an-envelope.js";
import { Forwardings } from "./forwardings.js";

const [here, there, away] = ["n@1/0.0", "m@1/0.0", "o@1/0.0"];

/** A delivery where actor "b" is, under epoch 3; what it does, in order, as text. */
function delivery() {
  const done: string[] = [];
  const counts: CounterName[] = [];
  const down = new Set<PlaceId>();
  const checks = new StrictChecks();
  const forwardings = new Forwardings(checks);
  const state = { outstanding: 0, room: true, fenced: false };
  const name = (mail: Mail): string => `${mail.kind === "envelope" ? mail.name : `?${mail.markerId}`}/${mail.epoch}`;
  const made = new Delivery({
    ...{ place: here, clock: new VirtualClock(), checks, linkLetters: 2, forwardings },
    count: (counter) => counts.push(counter),
    find: (id) =>
      id === "b"
        ? {
            epoch: 3,
            take: (mail) => done.push(`b takes ${name(mail)}`),
            ...{ isFullFor: () => false, more: () => {}, widen: () => {}, withdraw: (_, ask) => ask === 5 },
            ...{ openAsks: () => [], waitsFor: () => false, holdsAsk: () => undefined, refuseCycle: () => {} },
          }
        : undefined,
    isFenced: () => state.fenced,
    outboxes: {
      push: (to, frame: Frame, envelopes = 0) =>
        done.push(`frame ${Array.isArray(frame) ? frame[0] : frame.type} to ${to}, ${envelopes}`),
      outstanding: () => state.outstanding,
      spend: () => state.room,
    },
    asks: { sent: (ask, place, epoch) => done.push(`ask ${ask} sent to ${place}/${epoch}`) },
    unreachable: { isDown: (place) => down.has(place) },
    fates: {
      taken: (envelope) => {
        done.push(`taken ${envelope.via}`);
        envelope.via = null;
      },
      overflow: () => done.push("overflow"),
      overtaken: () => done.push("overtaken"),
      expired: () => done.push("expired"),
      deadLetter: (_, reason) => done.push(reason),
    },
    origins: {
      item: () => {},
      markerMet: () => {},
      wentOn: (origin, ask, { to }) => done.push(`${origin} hears that ask ${ask} went on to ${to}`),
      askHere: ({ origin, ask }, epoch) => done.push(`${origin} hears that ask ${ask} is here/${epoch}`),
      moved: (origin, id, epoch, to) => done.push(`${origin} hears ${id}/${epoch} is at ${to}`),
      bounced: (mail, hint, givenUp) => {
        done.push(
          `${name(mail)} back to ${mail.origin}${hint ? `, ${hint.place}/${hint.epoch}` : ""}${givenUp ? " given up" : ""}`,
        );
        return !down.has(mail.origin);
      },
    },
  });
  return { made, done, counts, down, checks, forwardings, state };
}

test("mail is taken by the actor of its epoch, and goes back with where that is when the epoch is another", () => {
  const { made, done } = delivery();
  made.deliver(anEnvelope({ to: "b", epoch: 3 }));
  made.deliver(aMarker({ to: "b", epoch: 3 }));
  made.deliver(anEnvelope({ to: "b", epoch: 2, origin: there, via: there }));
  expect(done).toEqual(["b takes add/3", "b takes ?1/3", `taken ${there}`, `add/2 back to ${there}, ${here}/3`]);
});

test("after an actor that went on: credit back, on under its next epoch, and only then the news to its origin", () => {
  const { made, done, counts, forwardings, checks } = delivery();
  forwardings.add("a", 1, away, 2, 0);
  made.deliver(anEnvelope({ origin: there, via: there }));
  expect(done).toEqual([`taken ${there}`, `frame 0 to ${away}, 1`, `${there} hears a/2 is at ${away}`]);
  expect([counts, checks.marked.get("forwardedTwice")]).toEqual([["forwarded", "moveInFlight"], undefined]);
  made.deliver(anEnvelope({ origin: there, via: "p@1/0.0" }));
  expect(checks.marked.get("forwardedTwice")).toBe(1);
});

test("an ask that comes by another way than from its origin has gone on with its actor: the origin hears where it is", () => {
  const { made, done } = delivery();
  made.deliver(anEnvelope({ to: "b", epoch: 3, ask: 7, origin: there, via: there }));
  made.deliver(anEnvelope({ to: "b", epoch: 3, origin: there, via: away }));
  expect(done.splice(0)).toEqual(["b takes add/3", "b takes add/3"]);
  made.deliver(anEnvelope({ to: "b", epoch: 3, ask: 7, origin: there, via: away }));
  expect(done).toEqual([`${there} hears that ask 7 is here/3`, "b takes add/3"]);
});

test("a marker follows as a message does, and is no news", () => {
  const { made, done, counts, forwardings } = delivery();
  forwardings.add("a", 1, away, 2, 0);
  made.deliver(aMarker({ origin: there }));
  expect([done, counts]).toEqual([[`frame 2 to ${away}, 0`], []]);
});

test("hop by hop: to the next place, not to the newest; back to the sender goes the newest", () => {
  const { made, done, down, forwardings } = delivery();
  forwardings.add("a", 1, away, 2, 0);
  forwardings.add("a", 2, there, 5, 0);
  made.deliver(aMarker());
  expect(done.splice(0)).toEqual([`frame 2 to ${away}, 0`]);
  made.deliver(anEnvelope({ epoch: 0, origin: there }));
  expect(done.splice(0)).toEqual(["taken null", `add/0 back to ${there}`]);
  down.add(away);
  made.deliver(anEnvelope({ epoch: 1, origin: there }));
  expect(done).toEqual(["taken null", `add/1 back to ${there}`]);
});

test("of mail that was kept together the news waits until all is on its way", () => {
  const { made, done, forwardings } = delivery();
  forwardings.add("a", 1, away, 2, 0);
  made.deliverAll([anEnvelope({ origin: there }), aMarker({ origin: there }), anEnvelope({ origin: there })]);
  const news = `${there} hears a/2 is at ${away}`;
  expect(done.filter((one) => one !== "taken null")).toEqual([
    `frame 0 to ${away}, 1`,
    `frame 2 to ${away}, 0`,
    `frame 0 to ${away}, 1`,
    news,
    news,
  ]);
});

test("mail that a duplicate had taken follows no entry, and goes back under the epoch it was sent by", () => {
  const { made, done, forwardings } = delivery();
  forwardings.add("a", 1, away, 2, 0);
  made.deliverAll([anEnvelope({ epoch: 1, sentEpoch: 0, origin: there })], "givenUp");
  expect(done).toEqual(["taken null", `add/0 back to ${there} given up`]);
});

test("a fenced node sends nothing back; a message that nobody can take back is a dead letter", () => {
  const { made, done, down, state, counts } = delivery();
  state.fenced = true;
  made.deliver(anEnvelope());
  expect([done.splice(0), counts]).toEqual([["taken null", "overtaken"], []]);
  state.fenced = false;
  down.add(there);
  made.deliver(anEnvelope({ origin: there }));
  made.deliver(aMarker({ origin: there }));
  expect(done).toEqual(["taken null", `add/1 back to ${there}`, "ActorNotFound", `?1/1 back to ${there}`]);
});

test("a message of this place spends of the window, and ends when too many are on their way; what is passed on does not", () => {
  const { made, done, state } = delivery();
  expect(made.dispatch(anEnvelope({ ask: 4 }), there)).toBe(true);
  state.room = false;
  expect(made.dispatch(anEnvelope(), there)).toBe(false);
  state.outstanding = 2;
  expect(made.dispatch(anEnvelope({ ask: 5 }), there)).toBe(false);
  made.dispatch(anEnvelope({ origin: away }), there);
  const frame = `frame 0 to ${there}, 1`;
  expect(done).toEqual([`ask 4 sent to ${there}/1`, frame, frame, "overflow", frame]);
});

test("to this very place it is delivered on the spot, by way of the place itself", () => {
  const { made, done } = delivery();
  const envelope = anEnvelope({ to: "b", epoch: 3 });
  made.dispatch(envelope, here);
  made.dispatch(aMarker({ to: "b", epoch: 3 }), here);
  expect([done, envelope.via]).toEqual([["b takes add/3", "b takes ?1/3"], here]);
});

test("mail that an actor had taken in before it ended goes back as what its sender may have gone on after, under its epoch", () => {
  const { made, done } = delivery();
  made.deliverAll([anEnvelope({ epoch: 1, sentEpoch: 0, origin: there })], "accepted");
  expect(done).toEqual(["taken null", `add/1 back to ${there} given up`]);
});

test("an ask that is withdrawn ends where it is; from where its actor went on from, its origin hears where to", () => {
  const { made, done, forwardings } = delivery();
  made.withdraw("b", 3, 5, there);
  expect(done).toEqual([]);
  made.withdraw("b", 3, 6, there);
  expect(done).toEqual([]);
  forwardings.add("b", 3, away, 4, 0);
  made.withdraw("b", 3, 6, there);
  expect(done).toEqual([`${there} hears that ask 6 went on to ${away}`]);
});

test("a message that was taken back before it left goes nowhere", () => {
  const { made, done } = delivery();
  const envelope = anEnvelope({ to: "b", epoch: 3, ask: 4, origin: here });
  expire(envelope);
  made.dispatch(envelope, there);
  expect(done).toEqual(["expired"]);
});
