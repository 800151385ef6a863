import { ThreadExited, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { UnreachablePlaces } from "./unreachable-places.js";

const ended = toWireError(new ThreadExited("it has ended"));
const places = (): UnreachablePlaces => new UnreachablePlaces("n@1/");

test("the places that ended last are remembered, and no more of them than a thousand", () => {
  const made = places();
  for (let life = 0; life < 1_001; life++) made.noteDown(`m@${life}`, ended);
  expect([0, 1, 1_000].map((life) => made.isDown(`m@${life}/0.0`))).toEqual([false, true, true]);
});

test("news of a place that is known to be down is no news", () => {
  const made = places();
  expect([made.noteDown("n@1/0.1", ended), made.noteDown("n@1/0.1", ended)]).toEqual([true, false]);
  expect([made.noteDrained("n@1/0.1"), made.noteDrained("n@1/0.1")]).toEqual([true, false]);
});

test("a dead thread is undrained until its drain is reported, or its node is down: then nobody reports it any more", () => {
  const made = places();
  made.noteDown("m@1/0.1", ended);
  made.noteDown("n@1/0.1", ended);
  expect([made.allDrained, made.isUndrained("m@1/0.1"), made.isUndrained("n@1/0.1")]).toEqual([false, true, true]);
  made.noteDown("m@1", ended);
  expect([made.isUndrained("m@1/0.1"), made.isDown("m@1/0.1"), [...made.down].map(([place]) => place)]).toEqual([
    false,
    true,
    ["n@1/0.1", "m@1"],
  ]);
  made.noteDrained("n@1/0.1");
  expect([made.allDrained, made.isDown("n@1/0.1")]).toEqual([true, true]);
});

test("a node that is a member again is not down, one that is down does not leave any more", () => {
  const made = places();
  made.noteLeaving("m@1");
  expect(made.isLeaving("m@1/0.1")).toBe(true);
  made.noteDown("m@1", ended);
  expect([made.isLeaving("m@1/0.1"), made.isDown("m@1/0.1")]).toEqual([false, true]);
  made.noteUp("m@1");
  expect(made.isDown("m@1/0.1")).toBe(false);
});

test("the dead threads of its own node are kept apart", () => {
  const made = places();
  for (const place of ["m@1/0.1", "n@1/0.1", "n@2/0.1"]) made.noteDown(place, ended);
  expect(made.ownDead()).toEqual([["n@1/0.1", ended]]);
});
