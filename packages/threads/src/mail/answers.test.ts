import { ActorCrashed, encode, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Answers } from "./answers.js";
import { aMarker, anEnvelope } from "./fixtures/an-envelope.js";

const [here, there] = ["n@1/0.0", "m@1/0.0"];
/** Marker ids above this are of forwarding entries. */
const owned = 100;

/** Answers that come to `here`, and what each does, as text. Actor "s" is here, "back" is here again. */
function answers() {
  const done: string[] = [];
  const made = new Answers({
    place: here,
    asks: {
      accepts: (ask, epoch) => ask === 1 && epoch >= 2,
      reply: (ask, reply) => done.push(`reply ${ask}: ${String(reply)}`),
      fail: (ask, error) => done.push(`fail ${ask}: ${(error as Error).name}`),
      bounced: ({ ask }) => done.push(`ask ${ask} bounced`),
      errorsOf: () => undefined,
    },
    routes: {
      markerMet: (id, markerId) => done.push(`route of ${id} markerMet ${markerId}`),
      bounced: ({ kind }, place, epoch) => done.push(`route: ${kind} bounced, ${place}/${epoch}`),
    },
    forwardings: { owns: (markerId) => markerId > owned, answered: () => true },
    cleanup: { answered: (markerId) => done.push(`entry answered ${markerId}`) },
    leavers: { has: (id) => id === "back" },
    fates: { overtaken: () => done.push("overtaken"), deadLetter: (_, reason) => done.push(reason) },
    isHere: (id) => id === "s" || id === "back",
  });
  return { made, done };
}

test("a reply settles its ask; one by an epoch older than the ask was sent by does not count", () => {
  const { made, done } = answers();
  made.reply(1, 1, encode("old"));
  made.reply(1, 2, encode("new"));
  expect(done).toEqual(["reply 1: new"]);
});

test("an error rejects it, and so does a reply that cannot be read", () => {
  const { made, done } = answers();
  made.reply(1, 2, toWireError(new ActorCrashed("broken")));
  made.reply(1, 2, new Uint8Array([0xd9]));
  expect(done).toEqual(["fail 1: ActorCrashed", "fail 1: InvalidReply"]);
});

test("the answer to the marker of a forwarding entry is the entry's, met or bounced; no hold of a route ends by it", () => {
  const { made, done } = answers();
  made.markerMet("a", 5);
  made.markerMet("a", owned + 1);
  made.bounced(aMarker({ origin: here, markerId: owned + 2 }), there, 3, false);
  made.bounced(aMarker({ origin: here, markerId: 6 }), there, 3, false);
  expect(done).toEqual([
    "route of a markerMet 5",
    `entry answered ${owned + 1}`,
    `entry answered ${owned + 2}`,
    `route: marker bounced, ${there}/3`,
  ]);
});

test("a message that bounced waits at its route, and so does its ask", () => {
  const { made, done } = answers();
  made.bounced(anEnvelope({ ask: 9, origin: here }), there, 3, false);
  expect(done).toEqual(["ask 9 bounced", `route: envelope bounced, ${there}/3`]);
});

test("mail that a duplicate had taken is sent again for a sender that stayed, not for one that left, even if it is back", () => {
  const { made, done } = answers();
  for (const sender of [null, "s", "gone", "back"]) made.bounced(anEnvelope({ origin: here, sender }), undefined, 0, true);
  expect(done).toEqual([
    "route: envelope bounced, undefined/0",
    "route: envelope bounced, undefined/0",
    "overtaken",
    "overtaken",
  ]);
});

test("a message of another place that bounces here ends here; a marker of one is nobody's", () => {
  const { made, done } = answers();
  made.bounced(anEnvelope({ origin: there }), undefined, 0, false);
  made.bounced(aMarker({ origin: there }), undefined, 0, false);
  expect(done).toEqual(["ActorNotFound"]);
});
