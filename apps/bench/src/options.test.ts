import { expect, test } from "vitest";
import { parseOptions } from "./options.js";

const known = ["asks", "tells", "moves"];

test("all rows, exactly, unless some are named", () => {
  expect(parseOptions([], known)).toEqual({ names: known, quick: false, json: false });
  expect(parseOptions(["moves", "asks", "--quick", "--json"], known)).toEqual({
    names: ["asks", "moves"],
    quick: true,
    json: true,
  });
});

test("a row that is not there is named", () => {
  expect(() => parseOptions(["ask"], known)).toThrow("there is no row ask; there are: asks, tells, moves");
});
