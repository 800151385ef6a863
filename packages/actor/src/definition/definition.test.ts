import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor, isActorDefinition } from "./definition.js";

const head = { name: "counter", module: "file:///counter.js", state: z.object({ count: z.int() }), init: () => ({ count: 0 }) };

describe("a definition", () => {
  test("is distinguished from other values", () => {
    expect([defineActor(head), head, null, "counter"].map(isActorDefinition)).toEqual([true, false, false, false]);
  });

  test("grows step by step, and no step changes the one before", () => {
    const bare = defineActor(head);
    const reads = bare.on("read", {}, (state) => state.count);
    const adds = reads.on("add", {}, (state) => state.count++);
    const starts = adds.lifecycle({ started: () => {} });
    const moves = starts.lifecycle({ stopping: () => {} }).handoff({ prepare: (state) => state, restore: (wire) => wire });
    expect([bare, reads, adds].map(({ behaviour }) => [...behaviour.handlers.keys()])).toEqual([[], ["read"], ["read", "add"]]);
    expect(Object.keys(adds.behaviour.lifecycle)).toEqual([]);
    expect(Object.keys(starts.behaviour.lifecycle)).toEqual(["started"]);
    expect(Object.keys(moves.behaviour.lifecycle)).toEqual(["started", "stopping"]);
    expect([starts.behaviour.handoff, typeof moves.behaviour.handoff]).toEqual([undefined, "object"]);
  });

  test("branches of one definition may define the same message", () => {
    const bare = defineActor(head);
    expect(() => [bare.on("x", {}, () => 1), bare.on("x", {}, () => 2)]).not.toThrow();
  });
});

describe("a wrong definition is a HubConfigError that names the place", () => {
  const wrong = (change: object) => () => defineActor({ ...head, ...change });

  test.each<[string, object, RegExp]>([
    ["no name", { name: "" }, /name/],
    ["a name that is no text", { name: 7 }, /name/],
    ["a path as module", { module: "./counter.js" }, /module: takes the module's URL: write `module: import.meta.url`/],
    [
      "a state that is no schema",
      { state: { count: 0 } },
      /state: takes a schema: of zod 4, or of another library that follows Standard Schema 1/,
    ],
    [
      "args that are no schema",
      { args: { from: 0 } },
      /args: takes a schema: of zod 4, or of another library that follows Standard Schema 1/,
    ],
    ["an init that is no function", { init: { count: 0 } }, /init: takes a function/],
    ["a version that is none", { version: 0 }, /version: takes a whole number of at least 1/],
    ["steps that are no functions", { version: 2, upgrade: { 1: 5 } }, /upgrade: takes an object of functions by version/],
    ["a step above the version", { version: 2, upgrade: { 2: () => ({}) } }, /upgrade: takes steps by version, of 1 to 1 here/],
    ["a gap between steps", { version: 4, upgrade: { 1: () => ({}), 3: () => ({}) } }, /takes a step of 2 as well/],
    ["a step down from the first version", { version: 2, downgrade: { 1: () => ({}) } }, /of 2 to 2 here/],
    ["what follows a throw that is none", { onError: "ignore" }, /onError: takes "resume", "restart" or "stop"/],
    ["errors that are no list", { errors: RangeError }, /errors/],
    ["an error class that is none", { errors: [RangeError, Date] }, /errors.1: takes a class that extends Error/],
  ])("%s", (_, change, text) => {
    expect(wrong(change)).toThrow(HubConfigError);
    expect(wrong(change)).toThrow(text);
  });

  test("no head at all", () => {
    for (const none of [undefined, null, 5]) expect(() => defineActor(none as unknown as typeof head)).toThrow(HubConfigError);
  });

  test("a message defined twice", () => {
    const once = defineActor(head).on("add", {}, () => 1);
    expect(() => once.on("add", {}, () => 2)).toThrow(/actor counter, message "add": message: is defined twice/);
  });

  test("an event that is defined twice, has no schema, or an option that is none", () => {
    const once = defineActor(head).event("rung", z.int());
    expect(() => once.event("rung", z.int())).toThrow(/actor counter, event "rung": event: is defined twice/);
    expect(() => once.event("", z.int())).toThrow(/at least 1 character/);
    expect(() => once.event("rang", 5 as never)).toThrow(/event "rang": payload: takes a schema/);
    expect(() => once.event("rang", z.int(), { keep: -1 })).toThrow(/keep: takes a whole number of 0 to 10,000/);
    expect(() => once.event("rang", z.int(), { kept: 1 } as object)).toThrow(/kept/);
    expect([...(once.behaviour.events ?? [])].map(([name, { keep }]) => [name, keep])).toEqual([["rung", 100]]);
  });

  test("an input or output that is no schema, a handler that is no function", () => {
    const bare = defineActor(head);
    const loose = bare as unknown as { on(...args: readonly unknown[]): void };
    expect(() => loose.on("add", { input: { by: 1 } }, () => 1)).toThrow(
      /"add": input: takes a schema: of zod 4, or of another library that follows Standard Schema 1; given: {"by":1}/,
    );
    expect(() => loose.on("add", { output: "int" }, () => 1)).toThrow(
      /output: takes a schema: of zod 4, or of another library that follows Standard Schema 1/,
    );
    expect(() => loose.on("add", undefined, () => 1)).toThrow(/options: takes an object of input, output/);
    expect(() => loose.on("add", { inputs: z.int() }, () => 1)).toThrow(/inputs: there is no such option/);
    expect(() => loose.on("", {}, () => 1)).toThrow(/message: takes a text/);
    expect(() => loose.on("add", {}, "handler")).toThrow(/a function/);
  });

  test("a step of the life, or a codec, that is not there or is no function", () => {
    const loose = defineActor(head) as unknown as { lifecycle(steps: unknown): void; handoff(codec: unknown): void };
    expect(() => loose.lifecycle({ start: () => {} })).toThrow(
      /start: there is no such option, only started, stopping, signal, moving, conflict/,
    );
    expect(() => loose.lifecycle({ started: 5 })).toThrow(/started: takes a function/);
    expect(() => loose.handoff({ prepare: () => 1 })).toThrow(/restore: takes a function/);
  });

  test("an idleAfterMs that nothing would start again, or that is no time; an autoStart that is no function", () => {
    expect(wrong({ idleAfterMs: 5 })).toThrow(/idleAfterMs: needs `autoStart` beside it/);
    for (const idleAfterMs of [0, -1, "5", Number.NaN, Number.POSITIVE_INFINITY])
      expect(wrong({ autoStart: () => undefined, idleAfterMs })).toThrow(/idleAfterMs: takes a number of milliseconds above 0/);
    expect(wrong({ autoStart: { from: 1 } })).toThrow(/autoStart: takes a function of the id that returns the args/);
  });

  test("an option that is not there: what was given, and what is allowed", () => {
    const fields = {
      path: "initial",
      given: "5",
      allowed:
        "there is no such option, only name, module, state, args, init, version, upgrade, downgrade, onError, autoStart, idleAfterMs, placement, migration, redundancy, errors",
    };
    expect(wrong({ initial: 5 })).toThrow(expect.objectContaining({ code: "HubConfigError", fields }));
  });
});
