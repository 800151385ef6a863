import type { ActorRef, MessagesOf } from "@process-hub/actor";
import { child } from "@process-hub/actor";
import { ActorNotFound } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { Awkward, Counter, held } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** The slow one goes on with its start. */
async function releaseHeld(): Promise<void> {
  await until("it is held", () => held.length > 0);
  for (const start of held.splice(0)) start();
}

const children = (count: number, prefix = "c") =>
  Array.from({ length: count }, (_, i) => child(Counter, { id: `${prefix}-${i}` }));

describe("starting actors", () => {
  test("places each by the ring, on the same node whoever starts it, spread over nodes and threads", async () => {
    const [a, b, c] = (await lab.nodes(["a", "b", "c"])) as [Hub, Hub, Hub];
    const { status, started, ids, nodes, first } = await a.startChildren(children(300));
    expect([status, ids.length, nodes.sort(), first?.id !== undefined]).toEqual(["ok", 300, ["a", "b", "c"], true]);
    const threads = new Set(started.flatMap(({ placements }) => placements.map(({ node, thread }) => `${node}/${thread}`)));
    expect(threads.size).toBe(6);
    await lab.converged([a, b, c], 300);
    await b.stopChildren(ids);
    await lab.converged([a, b, c], 0);
    const again = await c.startChildren(children(300));
    const where = (result: typeof again): string[] =>
      result.started.map(({ id, placements: [at] }) => `${id} ${at?.node}/${at?.thread}`).sort();
    expect(where(again)).toEqual(where({ started } as typeof again));
  });

  test("what an earlier life says late is not the end of the one that starts just then", async () => {
    const hub = await lab.hub("a", { threads: 1 });
    const threads = lab.threads.get("a");
    if (threads === undefined) throw new Error("there are no threads of a");
    await hub.start(Counter, { id: "x" });
    const late: (() => void)[] = [];
    threads.unheard = late;
    await hub.stop("x");
    await until("its end is told", () => late.length > 0);
    threads.unheard = undefined;
    const started = hub.start(Awkward, { id: "x", args: { startMs: 100 } });
    await until("it starts", () => threads.spawned[0]?.cells.length === 1);
    for (const hear of late) hear();
    await started;
    expect(hub.lookup("x")).toMatchObject({ actor: "awkward", replicas: [{ node: "a" }] });
  });

  test("two starters of one id at once: one winner, one AlreadyStarted, wherever the owner is", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    for (let i = 0; i < 40; i++) {
      const outcomes = await Promise.allSettled([a.start(Counter, { id: `x${i}` }), b.start(Counter, { id: `x${i}` })]);
      const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      expect(lost).toEqual([expect.objectContaining({ code: "AlreadyStarted", fields: { id: `x${i}` } })]);
    }
    await lab.converged([a, b], 40);
  });

  test("can be read by lookup at once, from the node that did it", async () => {
    const [a, b, c] = (await lab.nodes(["a", "b", "c"])) as [Hub, Hub, Hub];
    for (let i = 0; i < 30; i++) {
      const hub = [a, b, c][i % 3] as Hub;
      const [id, to] = [`x${i}`, ["a", "b", "c"][(i + 1) % 3] as string];
      await hub.start(Counter, { id, tag: "odd", metadata: { i, map: new Map([["k", i]]) } });
      expect(hub.lookup(id)).toMatchObject({ id, actor: "counter", tag: "odd", metadata: { i, map: new Map([["k", i]]) } });
      await hub.move(id, { node: to, thread: 1 });
      expect(hub.lookup(id)?.replicas).toMatchObject([{ node: to, thread: 1, mode: "active" }]);
      expect(hub.lookupTag("odd").length).toBe(1);
      await hub.stop(id);
      expect([hub.lookup(id), hub.lookupTag("odd"), hub.list()]).toEqual([undefined, [], []]);
    }
  });

  test("reports each failure by its own error, and goes on with the rest", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    const batch = [
      child(Counter, { id: "good" }),
      child(Counter, { id: "bad args", args: { from: "ten" as unknown as number } }),
      child(Awkward, { id: "bad init", args: { fail: true } }),
      child(Counter, { id: "pinned", nodes: ["elsewhere"] }),
      child(Counter, { id: "good" }),
    ];
    const result = await a.startChildren(batch);
    expect([result.status, result.ids, result.rolledBack]).toEqual(["error", ["good"], false]);
    const errors = Object.fromEntries(result.errors.map(({ id, error }) => [id, error]));
    expect(errors).toMatchObject({
      "bad args": { code: "StartFailed", message: expect.stringContaining("args of actor counter: from") },
      "bad init": { code: "StartFailed", message: expect.stringContaining("will not start") },
      pinned: { code: "StartFailed", message: expect.stringContaining("it may run on elsewhere only") },
      good: { code: "AlreadyStarted" },
    });
    expect(await result.ref("good").ask("add", { by: 2 })).toBe(2);
    expect(() => result.ref("bad init")).toThrow("will not start");
    expect(() => result.ref("other")).toThrow(ActorNotFound);
    expect(() => result.ref("other")).toThrow(/no actor other was in the batch/);
  });

  test("of a hub's own: one that is described wrongly is named, and leaves no node behind", async () => {
    const children = [child(Counter, { id: "" })];
    await expect(lab.hub("a", { children })).rejects.toMatchObject({ code: "HubConfigError", fields: { path: "id" } });
    expect(lab.hubs[0]?.isAlive()).toBe(false);
  });

  test("with references that know their messages, when all are of one kind", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const alike = await a.startChildren([child(Counter, { id: "x" }), child(Counter, { id: "y", args: { from: 2 } })]);
    const mixed = await a.startChildren([child(Counter, { id: "z" }), child(Awkward, { id: "w" })]);
    expectTypeOf(alike.ref("x")).toEqualTypeOf<ActorRef<MessagesOf<typeof Counter>>>();
    expectTypeOf(mixed.ref("z").ask("read")).toEqualTypeOf<Promise<unknown>>();
    expect([await alike.first?.ask("add", { by: 1 }), await alike.ref("y").ask("read")]).toEqual([1, 2]);
    expect(await mixed.ref("z").ask("read")).toBe(0);
  });

  test("rolls back those that had started when one fails", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    const batch = [...children(20), child(Awkward, { id: "bad", args: { fail: true } })];
    const result = await a.startChildren(batch, { onFailure: "rollback" });
    expect([result.status, result.rolledBack, result.started, result.errors.map(({ id }) => id)]).toEqual([
      "error",
      true,
      [],
      ["bad"],
    ]);
    expect(a.list()).toEqual([]);
    await lab.converged([a, b], 0);
  });

  test("says at the deadline what is not known by then, and nothing of what is", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    await a.start(Counter, { id: "taken" });
    const slow = child(Awkward, { id: "slow", args: { hold: true } });
    const result = await a.startChildren([child(Counter, { id: "taken" }), slow], { timeoutMs: 50 });
    expect(result.errors.map(({ error }) => (error as Error & { code: string }).code).sort()).toEqual([
      "AlreadyStarted",
      "StartFailed",
    ]);
    await releaseHeld();
    await until("the slow one takes place after all", () => a.lookup("slow") !== undefined);
  });

  test("a rollback at the deadline stops what starts later", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    const batch = [...children(20), child(Awkward, { id: "slow", args: { hold: true } })];
    const result = await a.startChildren(batch, { onFailure: "rollback", timeoutMs: 100 });
    expect([result.rolledBack, result.errors.some(({ id }) => id === "slow")]).toEqual([false, true]);
    let cameUp = false;
    a.on("childStarting", () => {});
    for (const hub of [a, b]) hub.on("childRegistered", ({ id }) => void (cameUp ||= id === "slow"));
    await releaseHeld();
    await until("the slow one came and went", () => cameUp && a.list().length === 0 && b.list().length === 0);
  });

  test("an aborted signal rejects with its reason; with a rollback nothing stays", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const reason = new Error("changed my mind");
    const aborted = AbortSignal.abort(reason);
    await expect(a.startChildren(children(3), { signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const batch = [...children(3), child(Awkward, { id: "slow", args: { hold: true } })];
    const starting = a.startChildren(batch, { signal: controller.signal, onFailure: "rollback" });
    await until("the quick ones run", () => a.list().length > 0);
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    await releaseHeld();
    await until("all are stopped again", () => a.list().length === 0);
  });

  test("without checkExisting, what runs already counts as started where it runs", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    const first = await a.start(Counter, { id: "x", args: { from: 5 } });
    const result = await b.startChildren([child(Counter, { id: "x" })], { checkExisting: false });
    expect(result).toMatchObject({
      status: "ok",
      ids: ["x"],
      started: [{ placements: a.lookup("x")?.replicas.map(({ node }) => ({ node })) }],
    });
    expect([await result.ref("x").ask("read"), await first.ask("read")]).toEqual([5, 5]);
  });

  test("pinned ones run on their nodes alone, and a move elsewhere by hand is the user's", async () => {
    const [a] = (await lab.nodes(["a", "b", "c"])) as [Hub];
    const pinned = Array.from({ length: 40 }, (_, i) => child(Counter, { id: `p${i}`, nodes: ["b", "c", "nowhere"] }));
    const { nodes, status } = await a.startChildren(pinned);
    expect([status, nodes.sort()]).toEqual(["ok", ["b", "c"]]);
  });

  test("altered starts, from hooks too and from inside actors", async () => {
    const [a] = (await lab.nodes(["a"], {
      hooks: { childStart: [(spec) => ({ ...spec, tag: `${spec.tag ?? "no tag"}!` })] },
    })) as [Hub];
    a.alter("childStart", (spec) => ({ ...spec, metadata: { altered: true } }));
    const counter = await a.start(Counter, { id: "x" });
    await counter.ask("raise", "y");
    expect([a.lookup("x"), a.lookup("y")]).toMatchObject([
      { tag: "no tag!", metadata: { altered: true } },
      { tag: "raised!", metadata: { altered: true } },
    ]);
  });

  test("an alter gives a start other nodes, args, tag and metadata before it takes place; off, it changes nothing", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    const change = { nodes: ["b"], args: { from: 7 }, tag: "moved", metadata: { by: "alter" } };
    a.alter("childStart", (spec) => ({ ...spec, ...change }), { id: "to b" });
    const ids = Array.from({ length: 20 }, (_, i) => `x${i}`);
    const { nodes } = await a.startChildren(ids.map((id) => child(Counter, { id, nodes: ["a"] })));
    expect([nodes, await a.ref(Counter, "x3").ask("read")]).toEqual([["b"], 7]);
    expect(a.lookup("x3")).toMatchObject({ tag: "moved", metadata: { by: "alter" }, replicas: [{ node: "b" }] });
    expect(a.handlers("childStart")).toEqual([{ id: "to b", priority: 0 }]);
    a.off("childStart", "to b");
    await a.start(Counter, { id: "y", nodes: ["a"] });
    expect(a.lookup("y")).toMatchObject({ replicas: [{ node: "a" }] });
  });

  test("wrong options are named", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const wrong = [
      [() => a.start(Counter, { id: "" }), "id"],
      [() => a.start({ name: "fake" } as never, { id: "x" }), "actor"],
      [() => a.startChildren([], { onFailure: "panic" as "continue" }), "onFailure"],
      [() => a.startChildren([], { timeoutMs: Number.NaN }), "timeoutMs"],
      [() => a.startChildren([], { timeout: 5 } as never), "timeout"],
      [() => a.stop("x".repeat(600)), "id"],
      [() => a.stop("x", { timeoutMs: -1 }), "timeoutMs"],
      [() => a.move("x", { thread: 1.5 }), "thread"],
      [async () => a.ref(Counter, ""), "id"],
      [async () => a.alter("childStop" as "childStart", (spec) => spec), "name"],
    ] as const;
    for (const [call, path] of wrong) {
      await expect(call(), String(call)).rejects.toMatchObject({
        code: "HubConfigError",
        fields: expect.objectContaining({ path }),
      });
    }
    await expect(a.start(Counter, { id: "x", metadata: { call: () => {} } })).rejects.toMatchObject({ code: "NotSerializable" });
  });
});

describe("static children", () => {
  test("run once in the cluster, though every node names them", async () => {
    const hubs = await lab.nodes(["a", "b", "c"], {
      children: [child(Counter, { id: "boot-1" }), child(Counter, { id: "boot-2" })],
    });
    await lab.converged(hubs, 2);
    await Promise.all(hubs.map((hub) => hub.ref(Counter, "boot-1").ask("add", { by: 1 })));
    expect(await hubs[0]?.ref(Counter, "boot-1").ask("read")).toBe(3);
  });

  test("that cannot start fail the node, which leaves nothing behind", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const failing = lab.hub("b", { children: [child(Awkward, { id: "bad", args: { fail: true } })] });
    await expect(failing).rejects.toMatchObject({ code: "StartFailed", fields: { id: "bad" } });
    await until("b has gone", () => a.nodes().length === 0);
  });
});
