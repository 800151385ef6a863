import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Awkward, Counter, held } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 60 }, (_, i) => `c-${i}`);

describe("a batch", () => {
  test("of starts is one call of each hook, with all ids; those that failed were not started", async () => {
    const hubs = await lab.nodes(["a", "b", "c"], { threads: 1 });
    const [a] = hubs as [Hub];
    const calls = new Map<string, number[]>();
    const starting: string[] = [];
    const ended: string[] = [];
    for (const hub of hubs) {
      hub.on("childStarting", ({ ids: some, node }) => {
        calls.set(`starting on ${node}`, [...(calls.get(`starting on ${node}`) ?? []), some.length]);
        starting.push(...some);
      });
      hub.on("childStarted", ({ ids: some, node, children }) => {
        calls.set(`started on ${node}`, [...(calls.get(`started on ${node}`) ?? []), some.length]);
        ended.push(...children.map(({ id, error }) => (error === undefined ? id : `${id}: ${error.message}`)));
      });
    }
    const bad = child(Awkward, { id: "bad", args: { fail: true } });
    const { status, started, errors } = await a.startChildren([...ids.map((id) => child(Counter, { id })), bad]);
    expect([status, started.length, errors.map(({ id }) => id)]).toEqual(["error", ids.length, ["bad"]]);
    expect(starting.sort()).toEqual([...ids, "bad"].sort());
    expect(ended.sort()).toEqual([expect.stringContaining("bad: "), ...ids.toSorted()].sort());
    // One that hears of the others' starts by one request, and its own.
    for (const [, sizes] of calls) expect(sizes.length).toBeLessThanOrEqual(2);
  });

  test("of starts and of stops is seen by every node: registered, with tag and metadata, and unregistered", async () => {
    const hubs = await lab.nodes(["a", "b", "c"]);
    const [a, , c] = hubs as [Hub, Hub, Hub];
    const seen = hubs.map(() => ({ registered: new Set<string>(), unregistered: new Set<string>() }));
    hubs.forEach((hub, i) => {
      hub.on("childRegistered", ({ id, tag, metadata }) => seen[i]?.registered.add(`${id} ${tag} ${JSON.stringify(metadata)}`));
      hub.on("childUnregistered", ({ id }) => seen[i]?.unregistered.add(id));
    });
    await a.startChildren(ids.map((id) => child(Counter, { id, tag: "t", metadata: { team: 7 } })));
    await lab.converged(hubs, ids.length);
    expect(seen.map(({ registered }) => [...registered].sort())).toEqual(
      hubs.map(() => ids.map((id) => `${id} t {"team":7}`).sort()),
    );
    expect([c.lookupTag("t").length, c.lookupTag("other"), c.dump().length]).toEqual([ids.length, [], ids.length]);
    expect(hubs.reduce((sum, hub) => sum + hub.list("local").length, 0)).toBe(ids.length);
    await c.stopChildren(ids);
    await until("all have heard", () => seen.every(({ unregistered }) => unregistered.size === ids.length));
  });

  test("of stops has one result each: stopped where it ran, or an error that names id and node", async () => {
    const [a] = (await lab.nodes(["a", "b", "c"])) as [Hub];
    await a.startChildren(ids.map((id) => child(Counter, { id })));
    const where = new Map(a.list().map(({ id, replicas }) => [id, replicas[0]?.node]));
    const { status, stopped, errors } = await a.stopChildren([...ids, "nobody"]);
    expect([status, stopped.length, errors.map(({ id, error }) => [id, (error as { code?: string }).code])]).toEqual([
      "error",
      ids.length,
      [["nobody", "ActorNotFound"]],
    ]);
    for (const { id, nodes } of stopped) expect(nodes).toEqual([where.get(id)]);
  });

  test("of starts at its deadline names each that was late with the node that should have started it", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    const slow = ["slow-1", "slow-2", "slow-3", "slow-4"];
    const children = slow.map((id) => child(Awkward, { id, args: { hold: true }, nodes: ["b"] }));
    const quick = child(Counter, { id: "quick", nodes: ["a"] });
    const { errors, ids: done } = await a.startChildren([quick, ...children], { timeoutMs: 300 });
    const named = errors.map(({ id, node, error }) => `${id} on ${node}: ${error.name}`);
    expect([done, named]).toEqual([["quick"], slow.map((id) => `${id} on b: StartFailed`)]);
    await until("all are held", () => held.length === slow.length);
    for (const start of held.splice(0)) start();
  });
});

test("metadata and tag go along with a move, and every node still knows them", async () => {
  const hubs = await lab.nodes(["a", "b", "c"]);
  const [a] = hubs as [Hub];
  await a.start(Counter, { id: "x", tag: "t", metadata: { team: 7 }, nodes: ["a"] });
  await a.move("x", { node: "b" });
  await lab.converged(hubs, 1);
  for (const hub of hubs) expect(hub.lookup("x")).toMatchObject({ tag: "t", metadata: { team: 7 }, replicas: [{ node: "b" }] });
});

test("nodes that join within one window are answered by one redistribution", async () => {
  const a = await lab.hub("a", { timings: { batchWindowMs: 600 } });
  await a.startChildren(ids.map((id) => child(Counter, { id })));
  let starting = 0;
  let finished = 0;
  a.on("redistributionStarting", () => starting++);
  a.on("redistributionFinished", () => finished++);
  await Promise.all(["b", "c", "d"].map((node) => lab.hub(node, { timings: { batchWindowMs: 600 } })));
  await until("it is over", () => a.nodes().length === 3 && finished > 0);
  await until("the others run some", () => lab.hubs.every((hub) => hub.list("local").length > 0));
  expect([starting, finished]).toEqual([1, 1]);
});

describe("a part of a node that fails", () => {
  test("transient and permanent actors of a dead node run again, temporary ones do not", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub];
    const policies = ["permanent", "transient", "temporary"] as const;
    await a.startChildren(policies.map((restart) => child(Counter, { id: restart, restart, nodes: ["b", "a"] })));
    for (const id of policies) await a.move(id, { node: "b" });
    const restarted: string[] = [];
    a.on("childRestarted", ({ id, node }) => restarted.push(`${id} on ${node}`));
    lab.network.isolate("b");
    await until("two run here, and that is told", () => a.list("local").length === 2 && restarted.length === 2);
    await until("the third is given up", () => a.lookup("temporary") === undefined);
    expect(
      a
        .list("local")
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["permanent", "transient"]);
    expect(restarted.sort()).toEqual(["permanent on a", "transient on a"]);
  });

  test("a thread that cannot be replaced: its actors run on another thread of the node, and the hub goes on", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    await a.startChildren(ids.map((id) => child(Counter, { id })));
    const threads = lab.threads.get("a");
    const [first] = threads?.spawned ?? [];
    const errors: string[] = [];
    a.on("log", ({ level, message }) => level === "error" && errors.push(message));
    if (threads !== undefined)
      threads.spawn = () => {
        throw new Error("no thread can be had");
      };
    first?.kill(new Error("as told"));
    await until(
      "all run again",
      () => a.list("local").length === ids.length && a.list().every(({ replicas }) => replicas[0]?.thread === 1),
    );
    expect(await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 1 })))).toEqual(ids.map(() => 1));
    expect([a.isAlive(), errors.some((line) => line.includes("could not be replaced"))]).toEqual([true, true]);
  });

  test("a network that is gone and comes back: the hub serves its own all the while, and finds the others again", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    const counter = await a.start(Counter, { id: "x", nodes: ["a"] });
    lab.network.isolate("a");
    await until("it is alone", () => a.nodes().length === 0);
    expect(await counter.ask("add", { by: 1 })).toBe(1);
    lab.network.restore("a");
    await until("they meet again", () => a.nodes().length === 1 && b.nodes().length === 1);
    await lab.converged([a, b], 1);
    expect(await b.ref(Counter, "x").ask("add", { by: 1 })).toBe(2);
  });
});
