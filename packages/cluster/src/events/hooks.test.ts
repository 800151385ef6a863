import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ChildSpec } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { Hooks } from "./hooks.js";
import { type HubEvents, hubEventNames, type SpecChange } from "./hub-events.js";

const joined = { node: "a" };
const spec: ChildSpec = { id: "x", actor: "counter", args: undefined, restart: "permanent" };

const start = { reason: "start", node: "a" } as const;

describe("hooks", () => {
  test("run, and channels of Node are told, whichever came first", () => {
    const told: unknown[] = [];
    const listener = (message: unknown): void => void told.push(message);
    subscribe("process-hub:member", listener);
    const hooks = new Hooks();
    const ran: string[] = [];
    hooks.on("memberJoined", ({ node }) => ran.push(node));
    hooks.emit("memberJoined", joined);
    unsubscribe("process-hub:member", listener);
    hooks.emit("memberJoined", joined);
    expect([ran, told]).toEqual([["a", "a"], [{ event: "memberJoined", detail: joined }]]);
  });

  test("run by priority, then in the order they were added", () => {
    const hooks = new Hooks();
    const ran: string[] = [];
    hooks.on("memberJoined", () => ran.push("default"));
    hooks.on("memberJoined", () => ran.push("first"), { priority: 100 });
    hooks.on("memberJoined", () => ran.push("last"), { priority: -1 });
    hooks.on("memberJoined", () => ran.push("default too"));
    hooks.emit("memberJoined", joined);
    expect(ran).toEqual(["first", "default", "default too", "last"]);
  });

  test("that throw or reject are reported, and change nothing else", async () => {
    const hooks = new Hooks();
    const logs: HubEvents["log"][] = [];
    const ran: string[] = [];
    hooks.on("log", (log) => logs.push(log));
    hooks.on("memberJoined", () => {
      throw new Error("thrown");
    });
    hooks.on("memberJoined", () => Promise.reject(new Error("rejected")));
    hooks.on("memberJoined", () => ran.push("ran"));
    hooks.emit("memberJoined", joined);
    await until("both are reported", () => logs.length === 2);
    expect([ran, logs.map(({ level, message }) => `${level}: ${message}`)]).toEqual([
      ["ran"],
      ["error: a handler of memberJoined failed: Error: thrown", "error: a handler of memberJoined failed: Error: rejected"],
    ]);
  });

  test("that fail in reporting do not report themselves for ever", () => {
    const hooks = new Hooks();
    hooks.on("log", () => {
      throw new Error("thrown");
    });
    hooks.emit("log", { level: "info", message: "hello" });
  });

  test("are taken off, all of them that are the same function", () => {
    const hooks = new Hooks();
    let ran = 0;
    const handler = (): void => void ran++;
    hooks.on("memberJoined", handler);
    hooks.on("memberJoined", handler, { priority: 5 });
    hooks.emit("memberJoined", joined);
    expect([ran, hooks.watched("memberJoined")]).toEqual([2, true]);
    hooks.off("memberJoined", handler);
    hooks.off("memberLeft", handler);
    hooks.emit("memberJoined", joined);
    expect([ran, hooks.watched("memberJoined")]).toEqual([2, false]);
  });

  test("that alter a start follow each other; one that throws or gives nonsense is logged and skipped", () => {
    const hooks = new Hooks();
    const logs: string[] = [];
    hooks.on("log", ({ message }) => logs.push(message));
    hooks.alter((one) => ({ ...one, tag: "altered" }));
    hooks.alter(() => {
      throw new Error("thrown");
    });
    hooks.alter((one) => ({ ...one, id: "" }));
    hooks.alter((one) => ({ ...one, args: { call: () => {} } }));
    hooks.alter((one) => ({ ...one, tag: `${one.tag} twice` }));
    expect(hooks.altered(spec, start)).toEqual({ ...spec, tag: "altered twice" });
    expect(logs.length).toBe(3);
  });

  test.each<[string, (one: ChildSpec) => unknown, RegExp]>([
    ["another id", (one) => ({ ...one, id: "y" }), /changed id from "x" to "y"/],
    ["another actor", (one) => ({ ...one, actor: "cart" }), /changed actor from "counter" to "cart"/],
    ["nothing", () => undefined, /returned undefined/],
    ["a promise", async (one) => one, /returned a promise/],
    ["no spec", () => ({ foo: 1 }), /did not return a spec: id/],
    ["a spec that it changed in place", (one) => Object.assign(one, { id: "y" }), /read only/],
  ])("that make %s of a start are named in the log, and the start is as it was", (_, change, text) => {
    const hooks = new Hooks();
    const logs: string[] = [];
    hooks.on("log", ({ message }) => logs.push(message));
    hooks.alter(change as SpecChange, { id: "misled" });
    expect(hooks.altered(spec, start)).toEqual(spec);
    expect(logs).toEqual([expect.stringMatching(/^the alter misled of childStart is skipped for actor x: /)]);
    expect(logs[0]).toMatch(text);
  });

  test("are listed in the order they are called, and taken off by id", () => {
    const hooks = new Hooks();
    const ran: string[] = [];
    hooks.on("memberJoined", () => ran.push("plain"));
    hooks.on("memberJoined", () => ran.push("audit"), { id: "audit", priority: 7 });
    hooks.alter((one) => one, { id: "tagger" });
    expect(hooks.handlers("memberJoined")).toEqual([
      { id: "audit", priority: 7 },
      { id: "memberJoined#1", priority: 0 },
    ]);
    expect([hooks.handlers("childStart"), hooks.handlers("memberLeft")]).toEqual([[{ id: "tagger", priority: 0 }], []]);
    expect([hooks.off("memberJoined", "audit"), hooks.off("memberJoined", "audit")]).toEqual([true, false]);
    hooks.emit("memberJoined", joined);
    expect(ran).toEqual(["plain"]);
  });

  test("have one id each: the second of an id is refused until the first is off; another event may use it", () => {
    const hooks = new Hooks();
    const add = (): void => hooks.on("memberJoined", () => {}, { id: "audit" });
    add();
    hooks.on("memberLeft", () => {}, { id: "audit" });
    expect(add).toThrow(
      expect.objectContaining({ code: "HubConfigError", fields: expect.objectContaining({ path: "id", given: "audit" }) }),
    );
    hooks.off("memberJoined", "audit");
    add();
    expect(hooks.handlers("memberJoined")).toEqual([{ id: "audit", priority: 0 }]);
  });

  test("that are made up never take an id that a user gave", () => {
    const hooks = new Hooks();
    hooks.on("memberJoined", () => {}, { id: "memberJoined#1" });
    hooks.on("memberJoined", () => {});
    expect(hooks.handlers("memberJoined").map(({ id }) => id)).toEqual(["memberJoined#1", "memberJoined#2"]);
  });

  test("that alter a start are taken off by id or by function", () => {
    const hooks = new Hooks();
    const tag = (one: ChildSpec): ChildSpec => ({ ...one, tag: "altered" });
    hooks.alter(tag);
    hooks.alter((one) => ({ ...one, metadata: { seen: true } }), { id: "seen" });
    hooks.off("childStart", tag);
    expect(hooks.altered(spec, start)).toEqual({ ...spec, metadata: { seen: true } });
    hooks.off("childStart", "seen");
    expect(hooks.altered(spec, start)).toEqual(spec);
  });
});

test("a handler runs in the async context in which it was added", () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const hooks = new Hooks();
  storage.run("the listener's", () => hooks.on("memberJoined", () => seen.push(storage.getStore())));
  hooks.on("memberJoined", () => seen.push(storage.getStore()));
  storage.run("a request's", () => hooks.emit("memberJoined", { node: "b" }));
  expect(seen).toEqual(["the listener's", undefined]);
});

test("every event that the API names is there", () => {
  const named = [
    "memberJoining memberJoined memberLeaving memberLeft childRegistered childUnregistered childRestarted stateLost childStarting",
    "childStarted childStopped redistributionStarting redistributionFinished childrenMoving childrenMoved moveForwarded handoverDelivered lockChanged",
    "connectionChanged coordinatorStopping deadLetter stuck conflict threadExited linkBroken badFrame",
  ].flatMap((line) => line.split(" "));
  expect(named.filter((name) => !hubEventNames.includes(name))).toEqual([]);
});
