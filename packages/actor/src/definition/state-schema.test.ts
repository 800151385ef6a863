import { expect, test } from "vitest";
import { z } from "zod";
import { misfit, someSchema } from "./state-schema.js";

const Basket = z.strictObject({ lines: z.array(z.string()).max(2), by: z.map(z.string().max(1), z.set(z.int())).optional() });

test.each<[string, unknown]>([
  ["fits", { lines: ["a"] }],
  ["has outgrown a limit", { lines: ["a", "b", "c"] }],
  ["has a key beside its schema", { lines: [], seen: 1 }],
  ["has outgrown a limit inside a Map", { lines: [], by: new Map([["long", new Set([1])]]) }],
])("a state that %s is one", (_, state) => {
  expect(misfit(Basket, state)).toBeUndefined();
});

test.each<[string, unknown, string]>([
  ["nothing", undefined, "invalid_type"],
  ["of another type", { lines: 5 }, "invalid_type"],
  ["of another type within", { lines: ["a", 4] }, "invalid_type"],
  ["of another type inside a Map", { lines: [], by: new Map([["a", 1]]) }, "invalid_type"],
])("what is %s is none", (_, state, code) => {
  expect(misfit(Basket, state)).toMatchObject({ code });
});

test("of a union, one branch must have grown", () => {
  const either = z.union([z.object({ n: z.number().max(3) }), z.object({ text: z.string() })]);
  expect(misfit(either, { n: 5 })).toBeUndefined();
  expect(misfit(either, { n: "5" })).toMatchObject({ code: "invalid_union" });
});

test("what a transform has made is not parsed again; nothing is nothing all the same", () => {
  const at = z.object({ at: z.string().transform((text) => new Date(text)) });
  expect(misfit(at, { at: new Date(5) })).toBeUndefined();
  expect(misfit(at, undefined)).toMatchObject({ code: "invalid_type" });
});

test("a schema is searched to its parts, circles and lazy ones included", () => {
  const node: z.ZodType = z.object({ value: z.string(), next: z.lazy(() => node).optional() });
  const isSet = (schema: z.core.$ZodType): boolean => schema._zod.def.type === "set";
  expect(someSchema(node, isSet)).toBe(false);
  const deep = z.record(z.string(), z.tuple([z.union([z.int(), z.lazy(() => z.set(z.int()))])]));
  expect(someSchema(deep, isSet)).toBe(true);
});
