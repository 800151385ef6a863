import type { ActorRef } from "@process-hub/actor";
import { child } from "@process-hub/actor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

const lab = new Lab();
let hub: Hub;
beforeAll(async () => {
  hub = await lab.hub("a");
  await hub.start(Counter, { id: "runs" });
  hub.on("memberJoined", () => {}, { id: "taken" });
});
afterAll(() => lab.close());

const wrong = (value: unknown): never => value as never;
const untyped = (): ActorRef => hub.ref(Counter, "runs") as unknown as ActorRef;
const long = "x".repeat(600);

type Row = readonly [what: string, act: () => unknown, code: string, path?: string];

const starts: readonly Row[] = [
  ["no actor", () => hub.start(wrong(undefined), { id: "x" }), "HubConfigError", "actor"],
  ["an actor that defineActor did not make", () => hub.start(wrong({ name: "x" }), { id: "x" }), "HubConfigError", "actor"],
  ["no options", () => hub.start(Counter, wrong(undefined)), "HubConfigError", "options"],
  ["no id", () => hub.start(Counter, wrong({})), "HubConfigError", "id"],
  ["an id that is no text", () => hub.start(Counter, { id: wrong(5) }), "HubConfigError", "id"],
  ["an id with half of a surrogate pair", () => hub.start(Counter, { id: "\ud800" }), "HubConfigError", "id"],
  ["an id that is too long", () => hub.start(Counter, { id: long }), "HubConfigError", "id"],
  ["an option that is not there", () => hub.start(Counter, wrong({ id: "x", tags: ["t"] })), "HubConfigError", "tags"],
  ["a tag that is no text", () => hub.start(Counter, { id: "x", tag: wrong(5) }), "HubConfigError", "tag"],
  ["metadata that is no object", () => hub.start(Counter, { id: "x", metadata: wrong("team 7") }), "HubConfigError", "metadata"],
  [
    "a restart policy that is not there",
    () => hub.start(Counter, { id: "x", restart: wrong("always") }),
    "HubConfigError",
    "restart",
  ],
  ["an empty mapping", () => hub.start(Counter, { id: "x", nodes: [] }), "HubConfigError", "nodes"],
  ["a mapping that is no list", () => hub.start(Counter, { id: "x", nodes: wrong("a") }), "HubConfigError", "nodes"],
  ["a mapping to what is no node's name", () => hub.start(Counter, { id: "x", nodes: ["a/b"] }), "HubConfigError", "nodes.0"],
  ["a mapping to no member", () => hub.start(Counter, { id: "x", nodes: ["b"] }), "StartFailed"],
  ["args that cannot travel", () => hub.start(Counter, { id: "x", args: wrong(() => 1) }), "NotSerializable"],
  ["args that do not fit", () => hub.start(Counter, { id: "x", args: { from: 0.5 } }), "StartFailed"],
  ["children that are no list", () => hub.startChildren(wrong(child(Counter, { id: "x" }))), "HubConfigError", "children"],
  ["a child that is nothing", () => hub.startChildren([wrong(undefined)]), "HubConfigError", "actor"],
  ["onFailure", () => hub.startChildren([], { onFailure: wrong("stop") }), "HubConfigError", "onFailure"],
  ["checkExisting", () => hub.startChildren([], { checkExisting: wrong("no") }), "HubConfigError", "checkExisting"],
  ["a timeout of 0", () => hub.startChildren([], { timeoutMs: 0 }), "HubConfigError", "timeoutMs"],
  ["a signal that is none", () => hub.startChildren([], { signal: wrong({}) }), "HubConfigError", "signal"],
];

const others: readonly Row[] = [
  ["stop: no id", () => hub.stop(wrong(undefined)), "HubConfigError", "id"],
  ["stop: an unknown id", () => hub.stop("nobody"), "ActorNotFound"],
  ["stop: another option", () => hub.stop("runs", wrong({ force: true })), "HubConfigError", "force"],
  ["stopChildren: a text, not a list", () => hub.stopChildren(wrong("runs")), "HubConfigError", "ids"],
  ["stopChildren: an empty id", () => hub.stopChildren(["runs", ""]), "HubConfigError", "id"],
  ["move: an unknown id", () => hub.move("nobody", { node: "a" }), "ActorNotFound"],
  ["move: nowhere", () => hub.move("runs", {}), "HubConfigError", "to"],
  ["move: to nothing", () => hub.move("runs", wrong(undefined)), "HubConfigError", "to"],
  ["move: to no member", () => hub.move("runs", { node: "b" }), "NodeDown"],
  ["move: to what is no node's name", () => hub.move("runs", { node: "" }), "HubConfigError", "node"],
  ["move: to a thread that is not there", () => hub.move("runs", { thread: 7 }), "HandoffFailed"],
  ["move: to a thread below 0", () => hub.move("runs", { thread: -1 }), "HubConfigError", "thread"],
  ["moveAll: to no node", () => hub.moveAll(["runs"], wrong({ thread: 0 })), "HubConfigError", "node"],
  ["moveAll: a text, not a list", () => hub.moveAll(wrong("runs"), { node: "a" }), "HubConfigError", "ids"],
  ["list: another scope", async () => hub.list(wrong("all")), "HubConfigError", "scope"],
  ["entries: another scope", async () => hub.entries(wrong("all")), "HubConfigError", "scope"],
  ["list: by what is no field", async () => hub.list(wrong({ tags: "t" })), "HubConfigError", "tags"],
  ["update: of nobody", () => hub.update("nobody", { tag: "t" }), "ActorNotFound"],
  ["update: of nothing", () => hub.update("runs", {}), "HubConfigError", "update"],
  ["update: metadata that cannot travel", () => hub.update("runs", { metadata: { f: () => {} } }), "NotSerializable"],
  ["ref: no actor", async () => hub.ref(wrong({}), "runs"), "HubConfigError", "actor"],
  ["ref: an id with half of a surrogate pair", async () => hub.ref(Counter, "\ud800"), "HubConfigError", "id"],
  ["ref: no id", async () => hub.ref(Counter, wrong(undefined)), "HubConfigError", "id"],
  ["on: no event", async () => hub.on(wrong("memberjoined"), () => {}), "HubConfigError", "name"],
  ["on: what is to be altered", async () => hub.on(wrong("childStart"), () => {}), "HubConfigError", "name"],
  ["on: no handler", async () => hub.on("memberJoined", wrong(undefined)), "HubConfigError", "handler"],
  [
    "on: a priority that is no number",
    async () => hub.on("log", () => {}, { priority: wrong("high") }),
    "HubConfigError",
    "priority",
  ],
  [
    "on: a priority that is not finite",
    async () => hub.on("log", () => {}, { priority: Number.NaN }),
    "HubConfigError",
    "priority",
  ],
  ["on: an empty id", async () => hub.on("log", () => {}, { id: "" }), "HubConfigError", "id"],
  ["on: an id that is taken", async () => hub.on("memberJoined", () => {}, { id: "taken" }), "HubConfigError", "id"],
  ["on: another option", async () => hub.on("log", () => {}, wrong({ once: true })), "HubConfigError", "once"],
  ["off: no event", async () => hub.off(wrong("nothing"), "taken"), "HubConfigError", "name"],
  ["off: neither handler nor id", async () => hub.off("memberJoined", wrong(5)), "HubConfigError", "handler"],
  ["handlers: no event", async () => hub.handlers(wrong("nothing")), "HubConfigError", "name"],
  ["alter: an event", async () => hub.alter(wrong("memberJoined"), (spec) => spec), "HubConfigError", "name"],
  ["alter: no change", async () => hub.alter("childStart", wrong({})), "HubConfigError", "handler"],
  ["ask: no such message", () => untyped().ask("dance"), "InvalidMessage"],
  ["ask: an input that does not fit", () => untyped().ask("add", { by: "two" }), "InvalidMessage"],
  ["ask: an input that cannot travel", () => untyped().ask("add", { by: () => 2 }), "NotSerializable"],
  ["ask: a timeout below 0", () => untyped().ask("read", undefined, { timeoutMs: -1 }), "HubConfigError", "timeoutMs"],
  [
    "ask: a timeout that is no number",
    () => untyped().ask("read", undefined, { timeoutMs: wrong("1 s") }),
    "HubConfigError",
    "timeoutMs",
  ],
  [
    "ask: an option that is not there",
    () => untyped().ask("read", undefined, wrong({ timeout: 5 })),
    "HubConfigError",
    "timeout",
  ],
  [
    "ask: a timeout without an end",
    () => untyped().ask("read", undefined, { timeoutMs: Number.POSITIVE_INFINITY }),
    "HubConfigError",
    "timeoutMs",
  ],
  ["ask: options that are none", () => untyped().ask("read", undefined, wrong(5)), "HubConfigError", "options"],
  ["ask: a signal that is none", () => untyped().ask("read", undefined, { signal: wrong({}) }), "HubConfigError", "signal"],
  ["resetClusterSize: a strategy that does not count", () => hub.resetClusterSize(3), "HubConfigError", "partitionTolerance"],
  ["rename: no name", () => hub.rename("a/b"), "HubConfigError", "name"],
  ["tell: an input that cannot travel", async () => untyped().tell("add", Symbol("x")), "NotSerializable"],
];

describe("bad input is refused by a named error that says where it is wrong", () => {
  const named = (where: string, rows: readonly Row[]) =>
    rows.map(([what, act, code, path]) => ({ what: `${where}${what}`, act, code, path }));
  test.each([...named("start: ", starts), ...named("", others)])("$what", async ({ act, code, path }) => {
    const accepted = (): string => "it was accepted";
    const error = await Promise.resolve()
      .then(() => act())
      .then(accepted, (thrown: unknown) => thrown);
    const said = code === "HubConfigError" ? { given: expect.any(String), allowed: expect.stringMatching(/./) } : {};
    expect(error).toMatchObject({ code, fields: path === undefined ? said : { path, ...said } });
  });

  test("names the value that is wrong, and the options there are", async () => {
    await expect(hub.start(Counter, { id: "x", restart: wrong("always") })).rejects.toMatchObject({
      fields: { given: '"always"' },
    });
    await expect(hub.start(Counter, wrong({ id: "x", tags: ["t"] }))).rejects.toMatchObject({
      fields: { given: '["t"]', allowed: "there is no such option, only id, args, tag, metadata, restart, nodes, whenPossible" },
    });
  });

  test("and changes nothing: what ran runs, nothing else was started", async () => {
    expect([hub.list().map(({ id }) => id), await hub.ref(Counter, "runs").ask("read")]).toEqual([["runs"], 0]);
    expect(hub.handlers("memberJoined")).toEqual([{ id: "taken", priority: 0 }]);
  });
});
