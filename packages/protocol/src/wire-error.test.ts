import { describe, expect, test } from "vitest";
import { z } from "zod";
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

  test("what was added to one, and a cause that is no error, come along", () => {
    const sent = Object.assign(new MailboxFull("full", { limit: 5 }, { disk: "full" }), { tries: 3 });
    expect(thereAndBack(sent)).toMatchObject({ fields: { limit: 5 }, tries: 3, cause: { disk: "full" } });
  });

  test("one of user code that has a hub's name and code is none", () => {
    const back = thereAndBack(Object.assign(new Error("x"), { name: "AskTimeout", code: "AskTimeout" }));
    expect(back).not.toBeInstanceOf(HubError);
    expect(back).toMatchObject({ name: "AskTimeout", code: "AskTimeout" });
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

  test("a field that cannot travel is named, the others stay", () => {
    expect(thereAndBack(new MailboxFull("full", { limit: 5, retry: () => 1 }))).toMatchObject({
      fields: { limit: 5, notSent: { retry: "it is a function" } },
    });
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
    expect(thereAndBack(new TypeError("x"), "HandlerFailed")).toMatchObject({ code: "HandlerFailed" });
    expect(thereAndBack(new TypeError("x"), "HandlerFailed")).not.toBeInstanceOf(HubError);
    expect(thereAndBack(Object.assign(new Error("x"), { code: "ENOENT" }), "HandlerFailed")).toMatchObject({ code: "ENOENT" });
    expect(thereAndBack(new MailboxFull("x"), "HandlerFailed")).toMatchObject({ code: "MailboxFull" });
  });

  test("a code of a number, fields, a date and an error in a field are as they were", () => {
    const sent = Object.assign(new Error("E11000"), {
      name: "MongoServerError",
      code: 11000,
      at: new Date(5),
      inner: new RangeError("in"),
    });
    expect(thereAndBack(sent, "HandlerFailed")).toMatchObject({ ...sent, message: "E11000" });
  });

  test("what an AggregateError gathers, and what a ZodError found, are there", () => {
    const gathered = new AggregateError([new RangeError("one"), Object.assign(new Error("two"), { code: "E2" }), "three"], "all");
    expect(thereAndBack(gathered)).toStrictEqual(gathered);
    const { error } = z.object({ a: z.number() }).safeParse({ a: "x" });
    expect(thereAndBack(error)).toMatchObject({ name: "ZodError", message: error?.message, issues: error?.issues });
  });

  test("a DOMException is one", () => {
    const back = thereAndBack(new DOMException("gone", "AbortError"), "HandlerFailed");
    expect(back).toBeInstanceOf(DOMException);
    expect(back).toMatchObject({ name: "AbortError", message: "gone", code: 20 });
  });

  test("a class that is renamed keeps its class", () => {
    const back = thereAndBack(Object.assign(new TypeError("x"), { name: "Special" }));
    expect(back).toBeInstanceOf(TypeError);
    expect(back.name).toBe("Special");
  });

  test.each([
    ["text", "disk full"],
    ["a record", { status: 500 }],
    ["0", 0],
    ["null", null],
    ["nothing", undefined],
  ])("%s as a cause stays a cause", (_, cause) => {
    const back = thereAndBack(new Error("x", { cause }));
    expect("cause" in back).toBe(true);
    expect(back.cause).toStrictEqual(cause);
  });

  test("what throws when it is read is named, the rest arrives", () => {
    const sent = Object.defineProperty(new Error("the real reason"), "extra", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    expect(thereAndBack(sent)).toMatchObject({ message: "the real reason", notSent: { extra: "throws when it is read" } });
  });

  test("a thrown record is the cause of an error that has its fields", () => {
    const thrown = { code: "E_CUSTOM", status: 404 };
    expect(thereAndBack(thrown, "HandlerFailed")).toMatchObject({ ...thrown, cause: thrown });
    expect(thereAndBack({ on: () => 1 })).toMatchObject({ notSent: { cause: "it.on is a function", on: "it is a function" } });
  });

  test("an error of a listed class, or of one that extends it, is of that class; no constructor runs", () => {
    class OutOfStock extends Error {
      left: number;
      constructor(left: number) {
        super(`${left} left`);
        if (left === undefined) throw new Error("no left");
        this.left = left;
      }
      get none(): boolean {
        return this.left === 0;
      }
    }
    class SoldOut extends OutOfStock {}
    const listed = new Map([["OutOfStock", OutOfStock]]);
    for (const sent of [new OutOfStock(0), new SoldOut(0)]) {
      const back = fromWireError(WireError.parse(decode(encode(toWireError(sent)))), undefined, listed);
      expect(back).toBeInstanceOf(OutOfStock);
      expect(back).toMatchObject({ none: true, left: 0, message: "0 left" });
    }
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

  test("causes are followed to any depth, and a circle is named", () => {
    const deep = (left: number): Error => new Error(`${left}`, left === 1 ? {} : { cause: deep(left - 1) });
    let depth = 0;
    for (let at: unknown = thereAndBack(deep(40)); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBe(40);
    const error = new Error("round");
    error.cause = error;
    expect(thereAndBack(error)).toMatchObject({ notSent: { cause: "an error that it belongs to itself" } });
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
