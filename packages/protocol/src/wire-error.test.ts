import { describe, expect, test } from "vitest";
import { decode, encode } from "./codec.js";
import {
  AskTimeout,
  type ErrorCode,
  errorClasses,
  errorCodes,
  HubError,
  InvalidMessage,
  MailboxFull,
  withoutStack,
} from "./errors.js";
import { fromWireError, refusal, toWireError, WireError } from "./wire-error.js";

const thereAndBack = (thrown: unknown, fallback?: ErrorCode): Error =>
  fromWireError(WireError.parse(decode(encode(toWireError(thrown)))), fallback);

describe("errors of the hub", () => {
  test.each(errorCodes)("%s comes back as itself", (code) => {
    const sent = new errorClasses[code]("what was wrong", { id: "a", seats: new Map([["1A", 1]]) }, new TypeError("the cause"));
    const back = thereAndBack(sent);
    expect(back).toBeInstanceOf(errorClasses[code]);
    expect(back).toMatchObject({
      code,
      name: code,
      message: "what was wrong",
      fields: { id: "a", seats: new Map([["1A", 1]]) },
      stack: sent.stack,
    });
    expect(back.cause).toBeInstanceOf(TypeError);
    expect(back.cause).toMatchObject({ message: "the cause" });
  });

  test("a class that calls itself by a hub's code and is none gets no hub class", () => {
    const back = thereAndBack(Object.assign(new Error("x"), { code: "MailboxFull" }));
    expect(back).not.toBeInstanceOf(HubError);
    expect(back).toMatchObject({ name: "Error", code: "MailboxFull" });
  });

  test("a user's subclass comes back as the hub class it extends", () => {
    class TooLate extends InvalidMessage {}
    expect(thereAndBack(new TooLate("late"))).toBeInstanceOf(InvalidMessage);
  });

  test("a field that cannot travel is left out, the others stay", () => {
    expect(thereAndBack(new MailboxFull("full", { limit: 5, retry: () => 1 }))).toMatchObject({ fields: { limit: 5 } });
  });
});

describe("what an error costs", () => {
  test("a refusal travels as the error it stands for, and takes no stack along", () => {
    const cause = new TypeError("the cause");
    const { stack: _, ...made } = toWireError(new MailboxFull("full", { id: "a" }, cause));
    expect(refusal("MailboxFull", "full", { id: "a" }, cause)).toEqual(made);
  });

  test("an error that crossed has the stack it came with, or none: nothing is captured where it is read", () => {
    for (const wire of [refusal("MailboxFull", "full", { id: "a" }), { name: "TypeError", message: "full" }]) {
      expect(fromWireError(wire).stack).toBe(`${wire.name}: full`);
      expect(fromWireError({ ...wire, stack: "there" }).stack).toBe("there");
    }
    expect(new Error("mine").stack).toContain("wire-error.test");
  });

  test("errors are made as well where the stack limit cannot be set", () => {
    const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit") ?? {};
    for (const odd of [{ value: 7, writable: false }, { value: "none" }]) {
      Object.defineProperty(Error, "stackTraceLimit", { ...before, ...odd });
      try {
        expect(withoutStack(() => new AskTimeout("late")).stack).toBe("AskTimeout: late");
        expect(Error.stackTraceLimit).toBe(odd.value);
      } finally {
        Object.defineProperty(Error, "stackTraceLimit", before);
      }
    }
    expect(new Error("mine").stack).toContain("wire-error.test");
  });

  test("the limit of stacks is as it was when the making fails", () => {
    const limit = Error.stackTraceLimit;
    const fails = (): Error => {
      throw new Error("no");
    };
    expect(() => withoutStack(fails)).toThrow("no");
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

describe("errors of user code", () => {
  test.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    "%o comes back as itself",
    (Class) => {
      const back = thereAndBack(new Class("text"));
      expect(back.constructor).toBe(Class);
      expect(back.message).toBe("text");
    },
  );

  test("a class of its own keeps name, fields and code", () => {
    class OutOfStock extends Error {
      override readonly name = "OutOfStock";
      readonly code = "E_STOCK";
      readonly left = { apples: 0 };
    }
    const back = thereAndBack(new OutOfStock("none left"));
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({ name: "OutOfStock", message: "none left", code: "E_STOCK", left: { apples: 0 } });
  });

  test("without a code it carries the fallback; with one it keeps its own", () => {
    expect(thereAndBack(new TypeError("x"), "ActorCrashed")).toMatchObject({ code: "ActorCrashed" });
    expect(thereAndBack(new TypeError("x"), "ActorCrashed")).not.toBeInstanceOf(HubError);
    expect(thereAndBack(Object.assign(new Error("x"), { code: "ENOENT" }), "ActorCrashed")).toMatchObject({ code: "ENOENT" });
    expect(thereAndBack(new MailboxFull("x"), "ActorCrashed")).toMatchObject({ code: "MailboxFull" });
  });

  test.each<[string, unknown, string]>([
    ["text", "oops", '"oops"'],
    ["nothing", undefined, "undefined"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a number", 7, "7"],
  ])("%s thrown is described in words", (_, thrown, words) => {
    expect(thereAndBack(thrown).message).toContain(words);
  });

  test.each<[string, unknown]>([
    ["an object without prototype", Object.create(null)],
    [
      "a proxy that refuses",
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "an error whose field throws",
      Object.defineProperty(new Error("x"), "trap", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
    ],
  ])("%s thrown still makes an error", (_, thrown) => {
    expect(thereAndBack(thrown)).toBeInstanceOf(Error);
  });

  test("a name or text that is not text becomes text", () => {
    const odd = Object.assign(new Error("x"), { name: 5, message: { not: "text" }, stack: 7 });
    expect(WireError.safeParse(toWireError(odd)).success).toBe(true);
  });

  test("causes are followed four deep, circles included", () => {
    const error = new Error("round");
    error.cause = error;
    let depth = 0;
    for (let at: unknown = thereAndBack(error); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBe(5);
  });
});

test("hostile fields change the error alone", () => {
  const fields: Record<string, unknown> = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  for (const code of [undefined, "MailboxFull"]) {
    const error = fromWireError({ name: code ?? "Error", message: "x", code, fields });
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty("polluted");
    expect(Object.getPrototypeOf(error)).not.toHaveProperty("polluted");
  }
  expect({}).not.toHaveProperty("polluted");
});
