import vm from "node:vm";
import { expect, test } from "vitest";
import { errorOf, isError, partsOf } from "./error-parts.js";
import { InvalidMessage, MailboxFull } from "./errors.js";

class OutOfStock extends RangeError {}

test.each<[string, Error, object]>([
  ["an error of the language", new TypeError("x"), { name: "TypeError", message: "x", classes: undefined }],
  ["a class of user code", new OutOfStock("x"), { name: "RangeError", classes: ["OutOfStock", "RangeError"] }],
  [
    "a hub's",
    new MailboxFull("x", { limit: 5 }),
    { name: "MailboxFull", code: "MailboxFull", classes: undefined, fields: { limit: 5 } },
  ],
  [
    "one that calls itself so",
    Object.assign(new Error("x"), { name: "MailboxFull", code: "MailboxFull" }),
    { classes: ["Error"] },
  ],
  ["one that extends a hub's", new (class TooLate extends InvalidMessage {})("x"), { classes: ["TooLate", "InvalidMessage"] }],
  [
    "a code that is neither text nor number",
    Object.assign(new Error("x"), { code: 5n }),
    { code: undefined, fields: { code: 5n } },
  ],
  ["one of another realm", vm.runInNewContext("new RangeError('r')"), { name: "RangeError", message: "r", classes: undefined }],
])("the parts of %s", (_, error, parts) => {
  expect(isError(error)).toBe(true);
  expect({ classes: undefined, code: undefined, ...partsOf(error) }).toMatchObject(parts);
  const back = errorOf(partsOf(error));
  expect([back.name, back.message, back.stack]).toEqual([error.name, error.message, error.stack]);
});

test("of a part that throws when it is read, hears who asks; else it throws", () => {
  const trap = Object.defineProperty(new Error("x"), "at", {
    enumerable: true,
    get: () => {
      throw new Error("no");
    },
  });
  const unread: string[] = [];
  expect(partsOf(trap, (part) => unread.push(part))).toMatchObject({ message: "x" });
  expect(unread).toEqual(["at"]);
  expect(partsOf(Object.assign(new Error("x"), { at: undefined }), () => {}).fields).toStrictEqual({ at: undefined });
  expect(() => partsOf(trap)).toThrow("no");
});
