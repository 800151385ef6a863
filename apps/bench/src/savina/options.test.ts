import { expect, test } from "vitest";
import { parseOptions } from "./options.js";

const known = ["ping-pong", "sieve", "big"];

test("without arguments all programs run, small, on one and on two threads", () => {
  expect(parseOptions([], known)).toEqual({ names: known, threads: [1, 2], size: "small", json: false });
});

test("named programs run in the order of the suite", () => {
  expect(parseOptions(["big", "ping-pong", "--threads", "4", "--size", "full", "--json"], known)).toEqual({
    names: ["ping-pong", "big"],
    threads: [4],
    size: "full",
    json: true,
  });
});

test("what it does not know is named", () => {
  expect(() => parseOptions(["seive"], known)).toThrow("there is no program seive; there are: ping-pong, sieve, big");
  expect(() => parseOptions(["--threads", "1,x"], known)).toThrow("given: 1,x");
  expect(() => parseOptions(["--size", "huge"], known)).toThrow("given: huge");
  expect(() => parseOptions(["--sise", "full"], known)).toThrow("--sise");
});
