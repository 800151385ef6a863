import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { replication } from "@process-hub/strategies";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HubEvents } from "../events/hub-events.js";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** All starts that the hubs tell of, as lines. */
function told(hubs: readonly Hub[]): string[] {
  const lines: string[] = [];
  for (const hub of hubs) {
    hub.on("childStarting", ({ node, children }) => {
      for (const { id, reason, spec } of children) lines.push(`${node}: ${id} (${spec.actor}) ${reason}`);
    });
    hub.on("childStarted", ({ node, children }) => {
      for (const { id, reason, from, error, thread } of children)
        lines.push(`${node}: ${id} ${reason} ${error === undefined ? `from ${from} on ${typeof thread}` : error.message}`);
    });
  }
  return lines;
}

test("starts are told where the actor starts, with spec, reason and result: the first, and each after a crash or a death", async () => {
  const hubs = await lab.nodes(["a", "b"], { redundancy: replication({ model: "active-passive" }) });
  const [a, b] = hubs as [Hub, Hub];
  const lines = told(hubs);
  const x = await a.start(Counter, { id: "x", nodes: ["b", "a"] });
  await a.move("x", { node: "b", thread: 0 });
  const first = lines.splice(0);
  expect(first.map((line) => line.slice(1))).toEqual([": x (counter) start", ": x start from init on number"]);
  await x.ask("crash").catch(() => {});
  await until("it goes on", () => lines.length === 1 || lines);
  expect(lines.splice(0)).toEqual(["b: x crash from init on number"]);
  await until("its replica stands", () => a.lookup("x")?.replicas.length === 2);
  lab.threads.get("b")?.spawned[0]?.kill(new Error("as told"));
  await until("it runs again", () => lines.length === 2 || lines);
  expect(lines.splice(0)).toEqual([
    "b: x (counter) restart",
    expect.stringMatching(/b: x restart from (init|replica) on number/),
  ]);
  await until("its replica stands again", () => a.lookup("x")?.replicas.length === 2);
  lab.network.isolate("b");
  await until("it runs on a", () => lines.length >= 2 || lines);
  expect(lines.filter((line) => line.startsWith("a"))).toEqual([
    "a: x (counter) takeOver",
    expect.stringMatching(/a: x takeOver from (init|replica) on number/),
  ]);
  expect(b.isAlive()).toBe(true);
});

test("a start that fails is told with its error", async () => {
  const [a] = (await lab.nodes(["a"])) as [Hub];
  const lines = told([a]);
  await a.startChildren([child(Awkward, { id: "bad", args: { fail: true } })]);
  expect(lines).toEqual([
    "a: bad (awkward) start",
    expect.stringContaining("a: bad start actor bad could not be started: will not start"),
  ]);
});

test("an alter runs once for a start, where it is asked for, and where the actor starts at each later one", async () => {
  const hubs = await lab.nodes(["a", "b"]);
  const [a, b] = hubs as [Hub, Hub];
  const calls: string[] = [];
  for (const hub of hubs)
    hub.alter("childStart", (spec, { reason, node }) => {
      calls.push(`${node} ${reason}`);
      return { ...spec, metadata: { ...spec.metadata, [node]: reason } };
    });
  await a.start(Counter, { id: "x", nodes: ["b"] });
  await a.start(Counter, { id: "y", nodes: ["a"] });
  expect([calls.splice(0), b.lookup("x")?.metadata]).toEqual([["a start", "a start"], { a: "start" }]);
  const thread = b.lookup("x")?.replicas[0]?.thread ?? 0;
  lab.threads.get("b")?.spawned[thread]?.kill(new Error("as told"));
  await until("it starts again", () => calls.length === 1);
  await until("all know", () => a.lookup("x")?.metadata?.b === "restart");
  expect(calls).toEqual(["b restart"]);
});

test("the coordinator says why it stops, and a redistribution for whom", async () => {
  const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
  const events: HubEvents["redistributionStarting"][] = [];
  const reasons: string[] = [];
  a.on("redistributionStarting", (event) => void events.push(event));
  for (const hub of [a, b]) hub.on("coordinatorStopping", ({ node, reason }) => void reasons.push(`${node} ${reason}`));
  await a.startChildren(Array.from({ length: 40 }, (_, i) => child(Counter, { id: `x${i}` })));
  await lab.hub("c");
  await until("c is seen", () => events.some(({ joined }) => joined.includes("c")));
  const [forC] = events.filter(({ joined }) => joined.includes("c"));
  expect(forC?.nodes).toEqual(["a", "b", "c"]);
  expect(forC?.ids.length).toBeGreaterThan(0);
  await b.close();
  expect(reasons).toEqual(["b close"]);
  const alone = await lab.hub("d", { id: "other" });
  alone.on("coordinatorStopping", ({ node, reason }) => void reasons.push(`${node} ${reason}`));
  await alone.rename("e");
  expect(reasons).toEqual(["b close", "d rename"]);
});
