import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

describe("stopping actors", () => {
  test("of all nodes at once, with those nobody has named", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.startChildren(Array.from({ length: 50 }, (_, i) => child(Counter, { id: `x${i}` })));
    const result = await b.stopChildren([...Array.from({ length: 50 }, (_, i) => `x${i}`), "nobody", "x0"]);
    expect([
      result.status,
      result.stopped.length,
      result.errors.map(({ id, error }) => [id, (error as Error & { code: string }).code]),
    ]).toEqual(["error", 50, [["nobody", "ActorNotFound"]]]);
    expect(new Set(result.stopped.flatMap(({ nodes }) => nodes))).toEqual(new Set(["a", "b"]));
    await lab.converged([a, b], 0);
    await expect(a.ref(Counter, "x0").ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
  });

  test("of one says where it ran", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.start(Counter, { id: "x", nodes: ["b"] });
    expect(await a.stop("x")).toEqual({ status: "ok", stopped: [{ id: "x", nodes: ["b"] }], errors: [] });
    await expect(b.stop("x")).rejects.toMatchObject({ code: "ActorNotFound" });
  });

  test("by force at the deadline, which is said", async () => {
    const [a] = (await lab.nodes(["a"], { timings: { stuckAfterMs: 20 } })) as [Hub];
    const reports: object[] = [];
    a.on("stuck", (event) => reports.push(event));
    const stuck = await a.start(Counter, { id: "stuck" });
    const asked = stuck.ask("never").catch((error: unknown) => error);
    await a.start(Awkward, { id: "slow", args: { stopMs: 10_000 } });
    await until("it is reported as stuck", () => reports.length === 1);
    expect(reports).toMatchObject([{ node: "a", id: "stuck", message: "never" }]);
    const { status, stopped, errors } = await a.stopChildren(["stuck", "slow"], { timeoutMs: 100 });
    expect([status, errors]).toEqual(["ok", []]);
    expect(new Map(stopped.map(({ id, forced }) => [id, forced]))).toEqual(
      new Map([
        ["stuck", true],
        ["slow", true],
      ]),
    );
    expect(await asked).toMatchObject({ code: "OutcomeUnknown" });
    expect(a.list()).toEqual([]);
  });

  test("while they move finds them: nothing is left running, whoever stops", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    for (let i = 0; i < 60; i++) {
      const id = `x${i}`;
      await a.start(Counter, { id });
      const here = a.lookup(id)?.replicas[0]?.node;
      const moving = a.move(id, { node: here === "a" ? "b" : "a" }).catch(() => {});
      for (let turn = 0; turn < i % 6; turn++) await new Promise((resolve) => setImmediate(resolve));
      await (i % 2 === 0 ? a : b).stop(id);
      await moving;
      await expect(a.ref(Counter, id).ask("read", undefined, { timeoutMs: 2_000 })).rejects.toMatchObject({
        code: "ActorNotFound",
      });
    }
    await lab.converged([a, b], 0);
  });

  test("while they are being started elsewhere waits for the start", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const starting = a.start(Awkward, { id: "slow", args: { startMs: 100 } });
    await a.stop("slow");
    await starting;
    expect(a.lookup("slow")).toBeUndefined();
  });

  test("tells childStopped once, with the reason", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const stopped: string[] = [];
    a.on("childStopped", ({ id, reason }) => stopped.push(`${id}: ${reason}`));
    const one = await a.start(Counter, { id: "one" });
    await a.start(Counter, { id: "two" });
    one.tell("end");
    await until("it has ended", () => a.lookup("one") === undefined);
    await a.stop("two");
    await until("both are told", () => stopped.length === 2);
    expect(stopped).toEqual(["one: done", "two: stop"]);
  });
});

describe("a closed hub", () => {
  test("settles what waits, and refuses the rest, with HubClosed", async () => {
    const a = await lab.hub("a");
    const stuck = await a.start(Counter, { id: "stuck" });
    const waiting = [stuck.ask("never"), stuck.ask("read")].map((ask) => ask.catch((error: unknown) => error));
    const closing = [a.close(), a.close()];
    expect(a.isAlive()).toBe(false);
    await Promise.all(closing);
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: expect.stringMatching(/HubClosed|OutcomeUnknown|ActorStopped/) });
    const calls = [a.start(Counter, { id: "y" }), a.stop("stuck"), a.move("stuck", { node: "a" }), a.drain(), stuck.ask("read")];
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: "rejected", reason: { code: "HubClosed" } });
    expect(() => stuck.tell("read")).toThrow(expect.objectContaining({ code: "HubClosed" }));
    await a.ready();
    expect([a.lookup("stuck"), a.stats().node]).toEqual([undefined, "a"]);
  });

  test("is what `await using` leaves", async () => {
    let hub: Hub;
    {
      await using one = await lab.hub("a");
      hub = one;
      await one.start(Counter, { id: "x" });
    }
    expect(hub.isAlive()).toBe(false);
  });

  test("of another id in the same process and network goes on, and never met this one", async () => {
    const shop = await lab.hub("a", { id: "shop" });
    const depot = await lab.hub("a", { id: "depot" });
    await shop.start(Counter, { id: "x" });
    await depot.start(Counter, { id: "x", args: { from: 7 } });
    await shop.close();
    expect([shop.nodes(), depot.nodes(), await depot.ref(Counter, "x").ask("read")]).toEqual([[], [], 7]);
  });
});
