import { encode } from "@process-hub/protocol";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import * as z3 from "zod/v3";
import * as core from "zod/v4/core";
import { stage } from "../fixtures/stage.js";
import { defineActor } from "./definition.js";
import { firstIssue } from "./first-issue.js";
import { parse, parserOf, type Schema, schemaProblem } from "./schema.js";

const outcome = (schema: Schema, value: unknown): unknown => {
  const parsed = parse(parserOf(schema), value);
  return parsed.success ? parsed.data : firstIssue(parsed.error);
};

const schemas: readonly [string, Schema][] = [
  ["zod", z.object({ n: z.int().default(5), in: z.array(z.string()) })],
  ["zod/mini", mini.object({ n: mini._default(mini.int(), 5), in: mini.array(mini.string()) })],
  ["valibot", v.object({ n: v.optional(v.pipe(v.number(), v.integer()), 5), in: v.array(v.string()) })],
];

describe.each(schemas)("a schema of %s", (_, schema) => {
  test("is one, makes of a value what it says, and names the path of what is wrong", () => {
    expect(schemaProblem(schema)).toBeUndefined();
    expect(outcome(schema, { in: ["a"] })).toEqual({ n: 5, in: ["a"] });
    expect(outcome(schema, { in: ["a", 4] })).toMatch(/^in\.1: .*string/);
  });
});

test("a schema that is a function, and one of zod's core alone, are schemas", () => {
  const called: Schema<number, number> = Object.assign(() => 1, { "~standard": v.number()["~standard"] });
  for (const schema of [called, new core.$ZodNumber({ type: "number", checks: [] })]) {
    expect(schemaProblem(schema)).toBeUndefined();
    expect([outcome(schema, 4), outcome(schema, "4")]).toEqual([4, expect.stringMatching(/number/)]);
  }
});

test.each<[string, unknown, RegExp]>([
  ["a schema of zod 3", z3.z.object({}), /zod 3: takes one of zod 4 \(`npm install zod@4`/],
  ["a later Standard Schema", { "~standard": { version: 2, validate: () => ({}) } }, /follows Standard Schema 1/],
  ["a plain object", { count: 0 }, /takes a schema/],
  ["nothing", undefined, /takes a schema/],
])("%s is none, and is told why", (_, value, text) => {
  expect(schemaProblem(value)).toMatch(text);
  const head = { name: "x", module: "file:///x.js", init: () => 0, state: value as Schema };
  expect(() => defineActor(head)).toThrow(text);
});

test.each<[string, Schema]>([
  ["zod", z.string().refine(async () => true)],
  ["zod", mini.string().check(mini.refine(async () => true))],
  [
    "valibot",
    v.pipeAsync(
      v.string(),
      v.checkAsync(async () => Promise.reject(new Error("unseen"))),
    ) as never,
  ],
])("one that checks asynchronously (%s) refuses by name, and leaves no rejection behind", (vendor, schema) => {
  expect(outcome(schema, "x")).toBe(`its schema (of ${vendor}) checks asynchronously; an actor's schema has to answer at once`);
});

test("a message and a reply by a schema that checks asynchronously are refused by name", async () => {
  const slow = z.string().refine(async () => true);
  const Slow = defineActor({ name: "slow", module: "file:///slow.js", state: z.object({}), init: () => ({}) })
    .on("in", { input: slow }, () => 1)
    .on("out", { output: slow }, () => "x");
  const { cell, ask } = stage(Slow);
  cell.begin();
  const text = expect.stringMatching(/of zod\) checks asynchronously/);
  await expect(ask("in", "x")).rejects.toMatchObject({ code: "InvalidMessage", message: text });
  await expect(ask("out")).rejects.toMatchObject({ code: "InvalidReply", message: text });
});

describe.each([
  [
    "zod/mini",
    {
      Args: mini.object({ seen: mini._default(mini.array(mini.string()), []) }),
      State: mini.object({ lines: mini.array(mini.string()) }),
      Line: mini.string().check(mini.minLength(2)),
      Count: mini.pipe(
        mini.string(),
        mini.transform((text) => text.length),
      ),
    },
  ],
  [
    "valibot",
    {
      Args: v.object({ seen: v.optional(v.array(v.string()), []) }),
      State: v.object({ lines: v.array(v.string()) }),
      Line: v.pipe(v.string(), v.minLength(2)),
      Count: v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    },
  ],
])("an actor by schemas of %s", (_, { Args, State, Line, Count }) => {
  const seen: string[] = [];
  const Pad = defineActor({
    name: "pad",
    module: "file:///pad.js",
    args: Args,
    state: State,
    init: (args) => {
      seen.push(args.seen.join());
      args.seen.push("shared?");
      return { lines: [] };
    },
  })
    .on("write", { input: Line, output: Count }, (state, line) => {
      state.lines.push(line);
      return line;
    })
    .on("wrong", { output: State }, () => ({ lines: 5 }) as never)
    .on("options", { input: Args }, (_state, options) => options.seen.push("one more"));

  test("opens inputs, closes replies, and names what does not fit", async () => {
    const { cell, ask } = stage(Pad);
    cell.begin();
    await expect(ask("write", "four")).resolves.toBe(4);
    await expect(ask("write", "f")).rejects.toMatchObject({
      code: "InvalidMessage",
      message: expect.stringMatching(/of actor pad: /),
    });
    await expect(ask("wrong")).rejects.toMatchObject({ code: "InvalidReply", message: expect.stringMatching(/lines: /) });
  });

  test("shares no default between lives or messages", async () => {
    const first = stage(Pad);
    first.cell.begin();
    stage(Pad).cell.begin();
    expect(seen.slice(-2)).toEqual(["", ""]);
    expect([await first.ask("options", {}), await first.ask("options", {})]).toEqual([1, 1]);
  });

  test("moves with its state as it is", async () => {
    const source = stage(Pad);
    source.cell.begin();
    await source.ask("write", "four");
    await source.cell.seal(100);
    const target = stage(Pad);
    await target.cell.load(await source.cell.pack(), [], { timers: [] });
    expect(target.cell.state).toEqual({ lines: ["four"] });
  });
});

test("what a schema of another library has transformed is not parsed again on arrival; nothing is refused", async () => {
  const Priced = defineActor({
    name: "priced",
    module: "file:///priced.js",
    state: v.object({ price: v.pipe(v.string(), v.transform(Number)) }),
    init: () => ({ price: "5" }),
  });
  const source = stage(Priced);
  source.cell.begin();
  await source.cell.seal(100);
  const target = stage(Priced);
  await target.cell.load(await source.cell.pack(), [], { timers: [] });
  expect(target.cell.state).toEqual({ price: 5 });
  await expect(stage(Priced).cell.load(encode(undefined), [], { timers: [] })).rejects.toMatchObject({ code: "InvalidState" });
});
