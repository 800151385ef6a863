import { AsyncLocalStorage } from "node:async_hooks";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Tracer, Witness } from "./fixtures/tracer.actor.js";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

test("each actor works in an async context of its own, whatever the others of its thread run in or enter", async () => {
  const hub = await hubs.make("a", { threads: 1, actors: [Tracer, Witness] });
  const other = await hub.start(Witness, { id: "other" });
  const [one, two] = await Promise.all(["one", "two"].map((id) => hub.start(Tracer, { id })));
  if (one === undefined || two === undefined) throw new Error("not started");
  await Promise.all([one.ask("tellInRun", "other"), two.ask("tellLaterInRun", "other")]);
  await one.ask("timer");
  one.tell("enter");
  other.tell("note");
  const kept = two.ask("enterAndWait");
  other.tell("note");
  await until("all is noted", async () => (await other.ask("seen")).length + (await one.ask("seen")).length === 5);
  expect([await other.ask("seen"), await one.ask("seen"), await kept]).toEqual([
    Array.from({ length: 4 }, () => "nobody's"),
    ["nobody's"],
    "two",
  ]);
});

test("an event's handler runs in the context in which it was added, not in that of a request", async () => {
  const hub = await hubs.make("a", { threads: 1, actors: [Tracer] });
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  hub.on("childRegistered", () => seen.push(storage.getStore()));
  storage.run("listener's", () => hub.on("childRegistered", () => seen.push(storage.getStore())));
  await storage.run("request's", () => hub.start(Tracer, { id: "one" }));
  await until("it is told", () => seen.length === 2);
  expect(seen).toEqual([undefined, "listener's"]);
});
