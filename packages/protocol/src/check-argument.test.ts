import { describe, expect, test } from "vitest";
import { checkId, checkText } from "./check-argument.js";

const odd = [
  undefined,
  null,
  7,
  Symbol("id"),
  {},
  [],
  () => 1,
  Object.create(null),
  "\ud800",
  new Proxy({}, { get: () => fail() }),
];

function fail(): never {
  throw new Error("read");
}

describe("an id", () => {
  test.each(["a", "x".repeat(512), "größe 🎉", "with\nlines"])("may be %j", (id) => {
    expect(() => checkId("ctx.ref", id)).not.toThrow();
  });

  test.each([...odd, "", "x".repeat(513)])("is refused by name: case %#", (id) => {
    expect(() => checkId("ctx.ref", id)).toThrow(
      expect.objectContaining({
        code: "HubConfigError",
        message: expect.stringMatching(/^ctx\.ref: an actor's id is a well-formed text of 1/),
      }),
    );
  });
});

test.each(odd)("a text is refused by the name of its argument: case %#", (text) => {
  expect(() => checkText("ctx.schedule", "key", text)).toThrow(
    expect.objectContaining({ code: "HubConfigError", fields: expect.objectContaining({ path: "key" }) }),
  );
});
