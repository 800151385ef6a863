import type { Letter } from "@process-hub/actor";
import { expect, test } from "vitest";
import { Overtakings } from "./overtakings.js";

const [origin, between] = ["n@1/0.0", "m@1/0.0"];
const letter = (epoch: number, via: string | null, to = "a"): Letter => {
  const payload = new Uint8Array();
  return { kind: "letter", to, epoch, sentEpoch: epoch, name: "add", payload, origin, sender: null, ask: 0, expiresAtMs: 0, via };
};

test("late is what another place passes on for the epoch that its sender writes to straight, or an earlier one", () => {
  const overtakings = new Overtakings();
  expect(overtakings.isLate(letter(3, between))).toBe(false);
  overtakings.note("a", 3, origin);
  expect([2, 3, 4].map((epoch) => overtakings.isLate(letter(epoch, between)))).toEqual([true, true, false]);
  expect(overtakings.isLate(letter(3, origin))).toBe(false);
  expect(overtakings.isLate(letter(3, between, "b"))).toBe(false);
  expect(overtakings.isLate({ ...letter(3, between), origin: "o@1/0.0" })).toBe(false);
});

test("the oldest is forgotten above the limit, and what is noted again is new", () => {
  const overtakings = new Overtakings(2);
  for (const id of ["a", "b", "a", "c"]) overtakings.note(id, 1, origin);
  expect(["a", "b", "c"].filter((id) => overtakings.isLate(letter(1, between, id)))).toEqual(["a", "c"]);
});
