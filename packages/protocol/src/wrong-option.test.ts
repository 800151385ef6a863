import { describe, expect, test } from "vitest";
import { z } from "zod";
import { optionError, wrongOption } from "./wrong-option.js";

const Options = z.strictObject({
  size: z.int("takes a whole number"),
  retry: z.strictObject({ everyMs: z.number().positive().describe("a number above 0").default(1) }).prefault({}),
  hooks: z.partialRecord(z.enum(["up", "down"]), z.string()).optional(),
});

const wrong = (value: unknown) => wrongOption(Options.safeParse(value).error?.issues[0], value, Options);

describe("what is wrong with an option", () => {
  test.each([
    ["a field", { size: "x" }, { path: "size", given: '"x"', allowed: "takes a whole number" }],
    ["a field that is missing", {}, { path: "size", given: "undefined", allowed: "takes a whole number" }],
    [
      "a field further in, by its description",
      { size: 1, retry: { everyMs: 0 } },
      { path: "retry.everyMs", given: "0", allowed: "a number above 0" },
    ],
    [
      "a key that there is not",
      { size: 1, sise: 2 },
      { path: "sise", given: "2", allowed: "there is no such option, only size, retry, hooks" },
    ],
    [
      "a key that there is not, further in",
      { size: 1, retry: { every: 2 } },
      { path: "retry.every", given: "2", allowed: "there is no such option, only everyMs" },
    ],
    ["all of it", null, { path: "options", given: "null" }],
  ])("%s", (_, value, expected) => {
    expect(wrong(value)).toMatchObject(expected);
  });

  test("is one error, by its call", () => {
    const error = optionError("hub.start", wrong({ size: "x" }));
    expect([error.code, error.message]).toEqual(["HubConfigError", 'hub.start: size: takes a whole number; given: "x"']);
    expect(error.fields).toEqual({ path: "size", given: '"x"', allowed: "takes a whole number" });
  });
});
