import { expect, test } from "vitest";
import { handedOut } from "./handed-out.js";

test("a plain value is handed out itself, frozen to its depth", () => {
  const value = { team: { n: 7, tags: ["a"] } };
  expect(handedOut(value)).toBe(value);
  expect(() => value.team.tags.push("b")).toThrow(TypeError);
  expect(handedOut(value)).toBe(value);
});

test("what cannot be frozen is handed out as a copy each time", () => {
  const value = { at: new Date(5), seats: new Map([["1A", { taken: true }]]) };
  const first = handedOut(value);
  first.at.setTime(6);
  first.seats.clear();
  expect(handedOut(value)).toStrictEqual({ at: new Date(5), seats: new Map([["1A", { taken: true }]]) });
});

test.each([undefined, null, 5, "text"])("%s is itself", (value) => {
  expect(handedOut(value)).toBe(value);
});
