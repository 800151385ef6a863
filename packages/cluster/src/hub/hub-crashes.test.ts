import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { hotSwap } from "@process-hub/strategies";
import type { InlineThread } from "@process-hub/threads/inline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 80 }, (_, i) => `c-${i}`);
const counters = ids.map((id) => child(Counter, { id }));

/** How many of the hubs' threads run each actor, by asking the hubs themselves. */
function runsOnce(hubs: readonly Hub[], wanted: readonly string[]): true | string {
  for (const id of wanted) {
    const hosts = hubs.filter((hub) => hub.list("local").some((entry) => entry.id === id));
    if (hosts.length !== 1) return `${id} runs on ${hosts.map(({ node }) => node).join() || "no node"}`;
  }
  return true;
}

const code = (error: unknown): string => (error as { code: string }).code;

describe("a node that crashes", () => {
  test("its actors run again elsewhere, once; asks to it settle with NodeDown; the others keep their state", async () => {
    const hubs = await lab.nodes(["a", "b", "c"], { migration: hotSwap(), timings: { stopTimeoutMs: 200 } });
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.startChildren(counters);
    await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 4 })));
    const onC = c.list("local").map(({ id }) => id);
    const restarted: string[] = [];
    for (const hub of [a, b]) hub.on("childRestarted", ({ id, cause }) => restarted.push(`${id} ${code(cause)}`));
    const left = new Promise((resolve) => a.on("memberLeft", resolve));
    const waiting = onC.map((id) => b.ref(Counter, id).ask("never").catch(code));
    await until("the asks are there", () => c.stats().threads.reduce((sum, { queued }) => sum + queued, 0) === onC.length);
    lab.network.isolate("c");
    expect(await left).toEqual({ node: "c", reason: "down" });
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["NodeDown"]));
    await until("all run again", () => runsOnce([a, b], ids));
    await lab.converged([a, b], ids.length);
    await until("each is told", () => restarted.length === onC.length || restarted);
    expect(restarted.sort()).toEqual(onC.map((id) => `${id} NodeDown`).sort());
    const counts = await Promise.all(ids.map((id) => a.ref(Counter, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => (onC.includes(id) ? 0 : 4)));
    expect(a.stats().registry.orphans + b.stats().registry.orphans).toBe(0);
  });

  test("together with another: every actor of both runs again, once", async () => {
    const hubs = await lab.nodes(["a", "b", "c", "d"]);
    const [a, b] = hubs as [Hub, Hub];
    await a.startChildren(counters);
    lab.network.isolate("c");
    lab.network.isolate("d");
    await until("both are down", () => a.nodes().join() === "b" && b.nodes().join() === "a");
    await until("all run again", () => runsOnce([a, b], ids));
    await lab.converged([a, b], ids.length);
    expect(await Promise.all(ids.map((id) => b.ref(Counter, id).ask("add", { by: 1 })))).toEqual(ids.map(() => 1));
  });

  test("one shortly after the other, while the first is taken over: none is lost", async () => {
    const hubs = await lab.nodes(["a", "b", "c", "d"]);
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.startChildren(counters);
    lab.network.isolate("d");
    await until("c has begun to take over", () => !c.nodes().includes("d"));
    lab.network.isolate("c");
    await until("all run again", () => runsOnce([a, b], ids), 15_000);
    await lab.converged([a, b], ids.length);
  });

  test("its temporary actors are not started again, and that is said", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.startChildren(ids.map((id) => child(Counter, { id, restart: "temporary" })));
    const onB = b.list("local").length;
    const stopped: string[] = [];
    a.on("childStopped", ({ id, reason }) => stopped.push(`${id} ${reason}`));
    lab.network.isolate("b");
    await until("b's are gone", () => a.list().length === ids.length - onB);
    await until("that is said of each", () => stopped.length === onB);
    expect(stopped.every((line) => line.endsWith("not restarted"))).toBe(true);
    await expect(a.ref(Counter, ids.find((id) => a.lookup(id) === undefined) as string).ask("read")).rejects.toMatchObject({
      code: "ActorNotFound",
    });
  });

  test("an owner that joins after the death adopts what it never heard of", async () => {
    const pinned = ids.map((id) => child(Counter, { id, nodes: ["b", "c"] }));
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    await a.startChildren(pinned);
    lab.network.isolate("b");
    await until("b is down", () => a.nodes().length === 0);
    expect(a.stats().registry).toEqual({ actors: 0, orphans: ids.length, waiting: ids.length });
    const asked = a.ref(Counter, "c-1").ask("add", { by: 1 }, { timeoutMs: 10_000 });
    const c = await lab.hub("c");
    await until("all run on c", () => c.list("local").length === ids.length);
    expect([await asked, a.stats().registry.orphans]).toEqual([1, 0]);
  });

  test("an orphan that is stopped stays stopped", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    await a.startChildren(ids.map((id) => child(Counter, { id, nodes: ["b", "c"] })));
    lab.network.isolate("b");
    await until("b is down", () => a.nodes().length === 0);
    expect((await a.stopChildren(ids)).status).toBe("ok");
    const c = await lab.hub("c");
    await c.start(Counter, { id: "c-1", args: { from: 9 }, nodes: ["c"] });
    await lab.converged([a, c], 1);
    expect(await a.ref(Counter, "c-1").ask("read")).toBe(9);
  });
});

describe("a cut that heals", () => {
  test("links and registries converge, and each actor has one life: the one that never stopped", async () => {
    const hubs = await lab.nodes(["a", "b", "c"], { migration: hotSwap() });
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.startChildren(counters);
    await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 7 })));
    const conflicts: string[] = [];
    for (const hub of hubs) hub.on("conflict", ({ id, loser }) => conflicts.push(`${id} ${loser}`));
    lab.network.isolate("c");
    await until("each side is alone", () => a.nodes().join() === "b" && c.nodes().length === 0);
    await until("each side runs all", () => runsOnce([a, b], ids) === true && runsOnce([c], ids) === true);
    lab.network.restore("c");
    await until("all see each other", () => hubs.every((hub) => hub.nodes().length === 2));
    await until("one life of each", () => runsOnce(hubs, ids));
    await lab.converged(hubs, ids.length);
    // A duplicate tells its state when it has ended, which no registry waits for.
    await until("each that gave way has told", () => conflicts.length >= ids.length);
    expect(new Set(conflicts).size).toBe(ids.length);
    for (const hub of hubs) {
      const counts = await Promise.all(ids.map((id) => hub.ref(Counter, id).ask("add", { by: 0 })));
      expect(counts).toEqual(ids.map(() => 7));
      expect(hub.stats().registry).toEqual({ actors: ids.length, orphans: 0, waiting: 0 });
    }
    await Promise.all(ids.map((id) => c.stop(id)));
    await lab.converged(hubs, 0);
  });

  test("what was started on both sides has one life, what was stopped does not come back", async () => {
    const hubs = await lab.nodes(["a", "b"]);
    const [a, b] = hubs as [Hub, Hub];
    await a.startChildren(counters);
    lab.network.isolate("b");
    await until("each side runs all", () => runsOnce([a], ids) === true && runsOnce([b], ids) === true);
    await Promise.all([a.start(Counter, { id: "twin", args: { from: 1 } }), b.start(Counter, { id: "twin", args: { from: 2 } })]);
    await Promise.all([a.stopChildren(["c-1"]), b.stopChildren(["c-1"])]);
    lab.network.restore("b");
    const all = [...ids.filter((id) => id !== "c-1"), "twin"];
    await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
    await until("one life of each", () => runsOnce(hubs, all));
    await lab.converged(hubs, all.length);
    expect([a.lookup("c-1"), await a.ref(Counter, "twin").ask("read")]).toEqual([
      undefined,
      await b.ref(Counter, "twin").ask("read"),
    ]);
  });

  test("a node that was alone too short to be missed is a member as before", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.startChildren(counters);
    const left: string[] = [];
    for (const hub of [a, b]) hub.on("memberLeft", ({ node }) => left.push(node));
    lab.network.isolate("b");
    const asked = Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 1 })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    lab.network.restore("b");
    expect(await asked).toEqual(ids.map(() => 1));
    expect(left).toEqual([]);
  });
});

describe("a thread that dies", () => {
  test("its actors run again on a new thread of the node, the others keep their state", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    await a.startChildren(counters);
    await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 4 })));
    const dead = a
      .list()
      .filter(({ replicas: [at] }) => at?.thread === 0)
      .map(({ id }) => id);
    const exits: unknown[] = [];
    a.on("threadExited", (event) => exits.push(event));
    const waiting = a
      .ref(Counter, dead[0] as string)
      .ask("never")
      .catch(code);
    await until("it is in hand", () => a.stats().asks.pending === 1);
    for (const thread of threadsOf("a")) if (thread.place.endsWith("/0.0")) thread.kill(new Error("as told"));
    expect(await waiting).toBe("ThreadExited");
    const counts = await Promise.all(ids.map((id) => a.ref(Counter, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => (dead.includes(id) ? 0 : 4)));
    expect(exits).toMatchObject([{ node: "a", thread: 0, error: { message: "as told" } }]);
  });

  test("stops that come while it is replaced hold: the actor does not start again", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.startChildren(counters);
    for (const thread of threadsOf("a")) thread.kill(new Error("as told"));
    const stopping = b.stopChildren(ids.slice(0, 40));
    for (const thread of threadsOf("b")) thread.kill(new Error("as told"));
    expect((await stopping).errors).toEqual([]);
    await until("the rest runs", () => runsOnce([a, b], ids.slice(40)));
    await lab.converged([a, b], 40);
  });

  /** The threads of a node, as they were at its start. */
  function threadsOf(node: string): InlineThread[] {
    return lab.threads.get(node)?.spawned.filter(({ place }) => place.endsWith(".0")) ?? [];
  }
});
