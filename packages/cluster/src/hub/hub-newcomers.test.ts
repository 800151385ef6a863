import { getEventListeners } from "node:events";
import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter, Ledger } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 30 }, (_, i) => `c-${i}`);
const hostsOf = (hub: Hub): string[] => [...new Set(hub.list().map(({ replicas }) => replicas[0]?.node ?? ""))].sort();

describe("a hub that begins with three members", () => {
  const options = { minMembers: 3 };

  test("refuses a start that would come before, by name, when its time is over", async () => {
    const a = await lab.hub("a", options);
    const { errors, rolledBack } = await a.startChildren([child(Counter, { id: "c" })], { timeoutMs: 60, onFailure: "rollback" });
    expect(errors).toMatchObject([
      { id: "c", node: "a", error: { code: "StartFailed", fields: { id: "c", members: 1, minMembers: 3 } } },
    ]);
    expect(errors[0]?.error.message).toBe(
      "actor c is not started: after 60 ms the hub has 1 of the 3 members that it begins with (minMembers)",
    );
    expect(rolledBack).toBe(true);
    await expect(a.settled({ timeoutMs: 60 })).rejects.toThrow("node a: the hub has 1 of the 3 members");
    expect([a.stats().members, a.explain("c").text]).toEqual([
      { present: 1, required: 3, begun: false },
      expect.stringContaining("no actor starts yet: the hub has 1 of the 3 members"),
    ]);
    await expect(a.startChildren([child(Counter, { id: "c" })], { signal: AbortSignal.timeout(30) })).rejects.toThrow("timeout");
  });

  test("keeps nothing of the signal of a start that waited for it", async () => {
    const a = await lab.hub("a", options);
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const started = a.startChildren([child(Counter, { id: "c" })], { timeoutMs: 60, signal });
    expect(listeners()).toBe(1);
    expect([(await started).status, listeners()]).toEqual(["error", 0]);
  });

  test("has those wait that come before, static children included, and goes on with fewer", async () => {
    const a = await lab.hub("a", { ...options, children: [child(Counter, { id: "boot" })] });
    const started = a.startChildren(ids.map((id) => child(Counter, { id })));
    const b = await lab.hub("b", options);
    expect(a.list()).toEqual([]);
    const c = await lab.hub("c", options);
    expect((await started).errors).toEqual([]);
    await until("the static child runs", () => b.lookup("boot") !== undefined);
    await until("all take some", () => hostsOf(b).join() === "a,b,c");
    await Promise.all([a.close(), b.close()]);
    await c.start(Counter, { id: "later" });
    const back = await lab.hub("b", options);
    await back.start(Counter, { id: "later still" });
    expect(back.stats().members).toEqual({ present: 2, required: 3, begun: true });
  });

  test("lets those go that wait when it closes", async () => {
    const a = await lab.hub("a", options);
    const refused = expect(a.start(Counter, { id: "c" })).rejects.toMatchObject({ code: "HubClosed" });
    await a.close();
    await refused;
  });
});

describe("a newcomer on probation", () => {
  const options = { probationMs: 300 };

  test("takes no actors before its time is over, then its share", async () => {
    const a = await lab.hub("a", options);
    expect(a.stats().probation.leftMs).toBe(0);
    await a.startChildren(ids.map((id) => child(Counter, { id })));
    const b = await lab.hub("b", options);
    await b.startChildren(ids.map((id) => child(Counter, { id: `late-${id}` })));
    expect([hostsOf(b), b.stats().probation.leftMs > 0, a.stats().probation.others]).toEqual([["a"], true, ["b"]]);
    expect(a.explain("c-0")).toMatchObject({ owners: ["a"], onProbation: ["b"], text: expect.stringContaining("on probation") });
    await expect(a.settled({ timeoutMs: 50 })).rejects.toThrow("node b: it is on probation for another");
    await a.settled({ timeoutMs: 5_000 });
    expect(hostsOf(a)).toEqual(["a", "b"]);
  });

  test("runs what no other may, and all when it is the last", async () => {
    const forEver = { probationMs: 1e6 };
    const a = await lab.hub("a", { ...forEver, actors: [Counter] });
    const b = await lab.hub("b", { ...forEver, actors: [Counter, Ledger] });
    await b.start(Ledger, { id: "l" });
    await a.start(Counter, { id: "pinned", nodes: ["b"] });
    await a.startChildren(ids.map((id) => child(Counter, { id })));
    expect(ids.map((id) => b.lookup(id)?.replicas[0]?.node)).toEqual(ids.map(() => "a"));
    expect(["l", "pinned"].map((id) => b.lookup(id)?.replicas[0]?.node)).toEqual(["b", "b"]);
    expect(await a.close()).toEqual({ ended: [] });
    expect(hostsOf(b)).toEqual(["b"]);
  });
});
