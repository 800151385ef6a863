import { until } from "@process-hub/protocol/testing";
import {
  type ClusterView,
  type DistributionStrategy,
  defineStrategy,
  type Placement,
  replication,
} from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const moody = (decisions: Partial<DistributionStrategy> | (() => unknown)): DistributionStrategy =>
  defineStrategy({
    family: "distribution",
    name: "moody",
    settings: z.strictObject({}),
    decide: () => ({
      ...(typeof decisions === "function" ? { place: decisions as () => Placement } : { place: firstNodes, ...decisions }),
    }),
  })();
const firstNodes = ({ nodes }: ClusterView): Placement => ({
  owners: (_, count) => nodes.map(({ node }) => node).slice(0, count),
});
const boom = (): never => {
  throw new RangeError("boom");
};

describe("a distribution strategy that fails fails the start alone", () => {
  test.each<[string, DistributionStrategy, RegExp]>([
    ["throws for a view", moody(boom), /boom/],
    ["makes nothing of a view", moody(() => undefined), /place\(\) gave undefined/],
    ["throws for an actor", moody(() => ({ owners: boom })), /boom/],
    ["gives no list", moody(() => ({ owners: () => "alone" })), /owners\(\) gave "alone"/],
    ["names a stranger", moody(() => ({ owners: () => ["nobody"] })), /"nobody", which is no node of its view \(alone\)/],
    ["throws in its check", moody({ check: boom }), /boom/],
  ])("when it %s", async (_, distribution, text) => {
    const hub = await lab.hub("alone", { distribution });
    await expect(hub.start(Counter, { id: "c", args: {} })).rejects.toMatchObject({
      code: "StartFailed",
      message: expect.stringMatching(text),
      fields: { id: "c", family: "distribution", strategy: "moody" },
      cause: expect.any(Error),
    });
    expect(hub.explain("c").owners.length).toBeLessThan(2);
    await expect(hub.stop("c")).rejects.toMatchObject({ code: "ActorNotFound" });
    expect(hub.isAlive()).toBe(true);
  });

  test("when only its registrar throws, a registrar of the hub's own decides, and the log says so", async () => {
    const logs: string[] = [];
    const distribution = moody(() => ({ owners: () => ["alone"], registrar: boom }));
    const hub = await lab.hub("alone", { distribution, hooks: { log: [({ message }) => logs.push(message)] } });
    await hub.start(Counter, { id: "c", args: {} });
    await expect(hub.start(Counter, { id: "c", args: {} })).rejects.toMatchObject({ code: "AlreadyStarted" });
    expect(logs).toContainEqual(expect.stringMatching(/the distribution strategy moody failed: boom/));
  });

  test("of a batch too, whose deadline does not come into it", async () => {
    const hub = await lab.hub("alone", { distribution: moody(boom) });
    const { errors } = await hub.startChildren([{ actor: Counter, options: { id: "c", args: {} } }], { timeoutMs: 5_000 });
    expect(errors).toMatchObject([{ id: "c", error: { code: "StartFailed" } }]);
  });
});

test("while a strategy fails, what runs stays where it is, replicas too; afterwards it is asked as ever", async () => {
  const logs: string[] = [];
  const place = (view: ClusterView): Placement => (view.nodes.length === 3 ? { owners: boom } : firstNodes(view));
  const distribution = moody({ place });
  const redundancy = replication({ factor: 2, model: "active-passive", signal: "none" });
  const hooks = { log: [({ message }: { message: string }) => logs.push(message)] };
  const [a, b] = await lab.nodes(["a", "b"], { distribution, redundancy, hooks });
  if (a === undefined || b === undefined) throw new Error("no hubs");
  const counter = await a.start(Counter, { id: "c", args: { from: 3 } });
  const places = (): unknown =>
    b
      .lookup("c")
      ?.replicas.map(({ node, mode }) => `${node} ${mode}`)
      .sort();
  await until("its replica stands", () => String(places()) === "a active,b passive" || places());
  let looked = 0;
  a.on("redistributionFinished", () => looked++);
  b.on("redistributionFinished", () => looked++);
  const c = await lab.hub("c", { distribution, redundancy, hooks });
  await until("both have looked at what they host", () => looked === 2);
  expect(logs).toContain("the distribution strategy moody failed: boom");
  expect([places(), await counter.ask("add", { by: 1 })]).toEqual([["a active", "b passive"], 4]);
  expect(a.explain("c").text).toMatch(/where it belongs is not known: .*moody failed: boom/);
  await expect(b.start(Counter, { id: "d", args: {} })).rejects.toMatchObject({ code: "StartFailed" });
  await c.close();
  await until(
    "the strategy is asked again",
    () => a.nodes().length + b.nodes().length === 2 && a.explain("c").owners.length === 2,
  );
  await b.start(Counter, { id: "d", args: {} });
  expect(b.lookup("d")?.replicas[0]?.node).toBe("a");
});
