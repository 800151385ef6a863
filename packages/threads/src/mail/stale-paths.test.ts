import type { Envelope } from "@process-hub/actor";
import { expect, test } from "vitest";
import { StalePaths } from "./stale-paths.js";

const [origin, between] = ["n@1/0.0", "m@1/0.0"];
const envelope = (epoch: number, via: string | null, to = "a"): Envelope => {
  const payload = new Uint8Array();
  return {
    kind: "envelope",
    to,
    epoch,
    sentEpoch: epoch,
    name: "add",
    payload,
    origin,
    sender: null,
    ask: 0,
    expiresAtMs: 0,
    via,
  };
};

test("a message by way of another place is late when its sender writes straight to that epoch, or to a later one", () => {
  const stalePaths = new StalePaths();
  expect(stalePaths.isLate(envelope(3, between))).toBe(false);
  stalePaths.note("a", 3, origin);
  expect([2, 3, 4].map((epoch) => stalePaths.isLate(envelope(epoch, between)))).toEqual([true, true, false]);
  expect(stalePaths.isLate(envelope(3, origin))).toBe(false);
  expect(stalePaths.isLate(envelope(3, between, "b"))).toBe(false);
  expect(stalePaths.isLate({ ...envelope(3, between), origin: "o@1/0.0" })).toBe(false);
});

test("the oldest is forgotten above the limit, and one noted again is new", () => {
  const stalePaths = new StalePaths(2);
  for (const id of ["a", "b", "a", "c"]) stalePaths.note(id, 1, origin);
  expect(["a", "b", "c"].filter((id) => stalePaths.isLate(envelope(1, between, id)))).toEqual(["a", "c"]);
});
