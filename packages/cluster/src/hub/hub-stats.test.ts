import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { loadBalanced } from "@process-hub/strategies";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

test("restarts after a crash, the death of a thread and the death of a node are counted once, where the actor runs again", async () => {
  const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
  const told = { a: 0, b: 0 };
  for (const hub of [a, b]) hub.on("childRestarted", ({ node }) => told[node as "a" | "b"]++);
  const counter = await a.start(Counter, { id: "c", nodes: ["b", "a"] });
  await a.move("c", { node: "b", thread: 0 });
  const counted = (): unknown => ({ a: a.stats().restarts, b: b.stats().restarts });

  await counter.ask("crash").catch(() => {});
  expect(await counter.ask("read")).toBe(0);
  await until("it is told", () => told.b === 1 || told);
  expect([counted(), told]).toEqual([
    { a: 0, b: 1 },
    { a: 0, b: 1 },
  ]);

  lab.threads.get("b")?.spawned[0]?.kill(new Error("as told"));
  await until("it runs again", () => told.b === 2 || told);
  expect([counted(), b.stats().threads.map(({ restarts }) => restarts)]).toEqual([{ a: 0, b: 2 }, [0, 0]]);

  lab.network.isolate("b");
  await until("it runs again on a", () => told.a === 1 || told);
  expect(counted()).toEqual({ a: 1, b: 2 });
});

test("what must always hold and did not, in a thread as well, is counted by its words; the first of each is logged", async () => {
  const a = await lab.hub("a");
  const said: string[] = [];
  a.on("log", ({ level, message }) => said.push(`${level}: ${message}`));
  expect(a.stats().invariants).toEqual({});
  await a.start(Counter, { id: "c" });
  const cell = lab.threads.get("a")?.spawned.flatMap(({ cells }) => cells)[0];
  if (cell === undefined) throw new Error("no thread runs the actor");
  for (let i = 0; i < 3; i++) cell.unseal(cell.epoch);
  await until("all are counted", () => a.stats().invariants["an actor goes on under a higher epoch"] === 3);
  expect(said).toEqual([
    expect.stringMatching(/^error: an invariant is broken, .*: an actor goes on under a higher epoch \(a@\S+: c at /),
  ]);
});

test("shows the loads of all nodes where the distribution uses them, and tells of each; elsewhere there are none", async () => {
  const [a, b] = (await lab.nodes(["a", "b"], { distribution: loadBalanced({ pushIntervalMs: 50 }) })) as [Hub, Hub];
  const heard = new Set<string>();
  a.on("loadsUpdated", ({ node, load }) => void heard.add(`${node} ${load.actors}`));
  await a.startChildren([child(Counter, { id: "x", nodes: ["b"] }), child(Counter, { id: "y", nodes: ["b"] })]);
  await until("both say how busy they are", () => heard.has("a 0") && heard.has("b 2"));
  for (const hub of [a, b]) expect(hub.stats().loads).toMatchObject({ a: { actors: 0 }, b: { actors: 2 } });
  const alone = await lab.hub("c", { id: "other" });
  expect(alone.stats().loads).toEqual({});
});
