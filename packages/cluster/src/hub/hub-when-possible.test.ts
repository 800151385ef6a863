import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Awkward, Counter, Ledger } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const others = { actors: [Ledger] };
const joined = (...hubs: Hub[]): Promise<void> =>
  until("all see each other", () => hubs.every((hub) => hub.nodes().length === hubs.length - 1));

describe("a start with whenPossible", () => {
  test("waits while no node has its kind, and runs when one comes; its id is taken, and its mail waits", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], others)) as [Hub, Hub];
    const restarted: unknown[] = [];
    const started = a.start(Counter, { id: "c", args: { from: 5 }, whenPossible: true });
    await until("it waits", () => b.explain("c").state === "waiting");
    expect(a.explain("c").text).toContain("c waits for a node that can run it, and has not run yet");
    expect(a.lookup("c")).toMatchObject({ replicas: [], waiting: { error: { code: "NoNodeForKind" } } });
    expect(a.stats().startsWaiting + b.stats().startsWaiting).toBe(1);
    expect([a.stats().startsFailing, b.stats().startsFailing]).toEqual([0, 0]);
    await expect(b.start(Counter, { id: "c", whenPossible: true })).rejects.toMatchObject({ code: "AlreadyStarted" });
    await b.settled({ timeoutMs: 5_000 });
    const added = b.ref(Counter, "c").ask("add", { by: 1 });
    const c = await lab.hub("c", { hooks: { childRestarted: [(event) => restarted.push(event)] } });
    expect(await (await started).ask("read")).toBe(6);
    expect(await added).toBe(6);
    expect([c.lookup("c")?.replicas[0]?.node, c.stats().restarts, c.stats().statesLost, restarted]).toEqual(["c", 0, 0, []]);
    expect(a.stats().startsWaiting + b.stats().startsWaiting).toBe(0);
  });

  test("waits for the nodes it names", async () => {
    const a = await lab.hub("a");
    await expect(a.start(Counter, { id: "c", nodes: ["b"] })).rejects.toMatchObject({ code: "StartFailed" });
    const started = a.start(Counter, { id: "c", nodes: ["b"], whenPossible: true });
    const b = await lab.hub("b");
    await started;
    expect(b.lookup("c")?.replicas[0]?.node).toBe("b");
  });

  test("goes on waiting when the node that admitted it dies, or leaves", async () => {
    const hubs = (await lab.nodes(["a", "b", "d"], others)) as [Hub, Hub, Hub];
    const ids = Array.from({ length: 12 }, (_, i) => `c-${i}`);
    const [a, b, d] = hubs;
    const started = a.startChildren(ids.map((id) => child(Counter, { id, whenPossible: true })));
    await until("all wait", () => ids.every((id) => a.explain(id).state === "waiting"));
    lab.network.isolate("b");
    await d.close();
    await until("a is alone", () => a.nodes().length === 0);
    expect(ids.map((id) => a.explain(id).state)).toEqual(ids.map(() => "waiting"));
    await lab.hub("c");
    expect((await started).errors).toEqual([]);
    expect(b.isAlive()).toBe(true);
  });

  test("fails at its deadline and waits on; a stop, or a rollback, ends that", async () => {
    const a = await lab.hub("a", others);
    const one = [child(Counter, { id: "c", whenPossible: true })];
    const late = await a.startChildren(one, { timeoutMs: 50 });
    expect(late.errors[0]?.error.message).toContain("where no node could run it, it waits for one that can");
    expect(a.explain("c").state).toBe("waiting");
    const second = expect(a.startChildren(one)).resolves.toMatchObject({ errors: [{ error: { code: "AlreadyStarted" } }] });
    await second;
    await a.stop("c");
    expect(a.explain("c").state).toBe("unknown");
    await a.startChildren(one, { timeoutMs: 50, onFailure: "rollback" });
    await until("nothing waits", () => a.explain("c").state === "unknown");
    const stopped = a.start(Counter, { id: "c", whenPossible: true });
    const refused = expect(stopped).rejects.toMatchObject({
      code: "StartFailed",
      message: expect.stringContaining("was stopped"),
    });
    await a.stop("c");
    await refused;
    await lab.hub("b");
    expect(a.list()).toEqual([]);
  });

  test("ends with the node that asked for it, for the asker; the start goes on", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], others)) as [Hub, Hub];
    const refused = expect(a.start(Counter, { id: "c", whenPossible: true })).rejects.toMatchObject({ code: "HubClosed" });
    await until("it waits", () => b.explain("c").state === "waiting");
    await a.close();
    await refused;
    const c = await lab.hub("c");
    await until("it runs", () => c.list("local").length === 1);
  });

  test("is no remedy for a start that fails where it may run", async () => {
    const a = await lab.hub("a");
    const started = a.start(Awkward, { id: "w", args: { fail: true }, whenPossible: true });
    await expect(started).rejects.toThrow("will not start");
  });
});

test("static children of a kind that no node has do not stop a node from coming up: they run when one has it", async () => {
  const children = [child(Counter, { id: "boot" }), child(Ledger, { id: "book" })];
  const lines: string[] = [];
  const a = await lab.hub("a", { ...others, children, hooks: { log: [({ message }) => lines.push(message)] } });
  expect([a.lookup("book")?.replicas[0]?.node, lines]).toEqual([
    "a",
    expect.arrayContaining(["no node can run the static children boot yet: they start when one can"]),
  ]);
  const b = await lab.hub("b", { children });
  await until("it runs", () => a.lookup("boot")?.replicas[0]?.node === "b");
  expect(await b.ref(Counter, "boot").ask("add", { by: 2 })).toBe(2);
});

test("a gateway's static children run on others", async () => {
  const a = await lab.hub("a");
  const web = await lab.hub("web", { actors: [], children: [child(Counter, { id: "boot" })] });
  await joined(a, web);
  await until("it runs", () => web.lookup("boot")?.replicas[0]?.node === "a");
});

describe("the alters of childStart", () => {
  const altered = (mark: string) => ({
    childStart: [
      (spec: { readonly metadata?: object | undefined }) => ({ ...spec, metadata: { ...spec.metadata, [mark]: true } }),
    ],
  });
  const marks = (hub: Hub, id: string): string[] => Object.keys(hub.lookup(id)?.metadata ?? {});

  test("run once: where the start is asked for, or, where that node has none, where the actor starts", async () => {
    const a = await lab.hub("a", { hooks: altered("a") as never });
    const b = await lab.hub("b", { hooks: altered("b") as never });
    const c = await lab.hub("c");
    await joined(a, b, c);
    for (const id of ["0", "1", "2", "3", "4", "5"]) {
      await a.start(Counter, { id: `ab-${id}`, nodes: ["b"] });
      await c.start(Counter, { id: `cb-${id}`, nodes: ["b"] });
      await b.start(Counter, { id: `bc-${id}`, nodes: ["c"] });
      await b.start(Counter, { id: `bb-${id}`, nodes: ["b"] });
      expect(["ab", "cb", "bc", "bb"].map((pair) => marks(b, `${pair}-${id}`))).toEqual([["a"], ["b"], ["b"], ["b"]]);
    }
  });
});
