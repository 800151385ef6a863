import fc from "fast-check";
import { expect, test } from "vitest";
import { subjectsOf, token } from "./subjects.js";

test("plain names stay readable, dots and wildcards are no tokens of their own", () => {
  const { all, node } = subjectsOf("process-hub", "shop");
  expect([all, node("node-1"), node("a.b")]).toEqual([
    "process-hub.shop.all",
    "process-hub.shop.node.node-1",
    "process-hub.shop.node.a%002eb",
  ]);
});

test("any text is one token, and no two texts are the same one", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(token(one)).toMatch(/^[\w%-]+$/);
      expect(token(one) === token(other)).toBe(one === other);
    }),
  );
});

test("an id that is too long for a subject is refused", () => {
  expect(() => subjectsOf("p", "x".repeat(5_000))).toThrow(expect.objectContaining({ code: "HubConfigError" }));
});
