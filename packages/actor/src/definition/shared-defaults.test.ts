import { expect, test } from "vitest";
import { z } from "zod";
import { sharesDefaults } from "./shared-defaults.js";

test.each<[string, z.ZodType | undefined, boolean]>([
  ["no schema", undefined, false],
  ["no default", z.object({ n: z.int() }), false],
  ["a number as default", z.object({ n: z.int().default(1) }), false],
  ["a list as default", z.object({ list: z.array(z.string()).default([]) }), false],
  ["a list within a default", z.object({ cart: z.object({ items: z.array(z.string()) }).default({ items: [] }) }), true],
  ["a Map as default", z.object({ seats: z.map(z.string(), z.int()).default(new Map()) }), true],
  ["a list for what does not fit", z.object({ list: z.array(z.string()).catch([]) }), true],
])("%s", (_, schema, shared) => {
  expect(sharesDefaults(schema)).toBe(shared);
});
