import { child, defineActor, type TypedActor } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { coldSwap, hotSwap, replication } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const head = {
  ...{ module: import.meta.url, state: z.object({ n: z.int() }) },
  init: () => ({ n: 0 }),
};
const Gateway = defineActor({ ...head, name: "gateway", placement: "node" })
  .on("add", { output: z.int() }, (state) => ++state.n)
  .on("where", {}, (_state, _input, ctx) => ctx.node)
  .on(
    "other",
    { input: z.string() },
    (_state, node, ctx): Promise<unknown> => ctx.ref<TypedActor>(Gateway, { node }).ask("where"),
  );
const actors = [Gateway, Counter];
const gateways = (hub: Hub): string[] =>
  hub
    .list({ actor: Gateway })
    .map(({ id }) => id)
    .sort();

describe('an actor with placement "node"', () => {
  test("is on each node that lists it, by itself, and is addressed by its node", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], { actors, redundancy: replication({ factor: 2 }) })) as [Hub, Hub];
    const web = await lab.hub("web", { actors: [Counter], redundancy: replication({ factor: 2 }) });
    await until("web knows both", () => gateways(web).length === 2);
    expect(await Promise.all(["a", "b"].map((node) => web.ref(Gateway, { node }).ask("where")))).toEqual(["a", "b"]);
    expect(await a.ref(Gateway, { node: "a" }).ask("other", "b")).toBe("b");
    expect(web.lookup("gateway@b")?.replicas.map(({ node }) => node)).toEqual(["b"]);
    await expect(b.ref(Gateway, { node: "web" }).ask("where")).rejects.toMatchObject({ code: "ActorNotFound" });
  });

  test("never moves, begins again with its thread, and ends with its node", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], { actors })) as [Hub, Hub];
    await until("both run", () => gateways(a).length === 2);
    await expect(a.move("gateway@b", { node: "a" })).rejects.toThrow("actor gateway@b belongs to node b, and never moves");
    const thread = b.lookup("gateway@b")?.replicas[0]?.thread ?? 0;
    await b.ref(Gateway, { node: "b" }).ask("add");
    lab.threads.get("b")?.spawned[thread]?.kill(new Error("as told"));
    await until(
      "it begins again",
      async () =>
        (await b
          .ref(Gateway, { node: "b" })
          .ask("add")
          .catch(() => 0)) === 1,
    );
    lab.network.isolate("b");
    await until("a is alone", () => a.nodes().length === 0);
    expect([gateways(a), a.explain("gateway@b").state, a.stats().registry.orphans]).toEqual([["gateway@a"], "unknown", 0]);
    const c = await lab.hub("c", { actors });
    await until("c has its own", () => gateways(a).join() === "gateway@a,gateway@c");
    expect(await c.close()).toEqual({ ended: ["gateway@c"] });
    await until("it ended", () => gateways(a).join() === "gateway@a");
  });

  test("goes by the name of its node", async () => {
    const a = await lab.hub("a", { actors });
    await a.rename("z");
    expect(gateways(a)).toEqual(["gateway@z"]);
    expect(await a.ref(Gateway, { node: "z" }).ask("where")).toBe("z");
  });

  test("is started by nobody, and named by a node alone where it is on each", async () => {
    const a = await lab.hub("a", { actors });
    await expect(a.start(Gateway, { id: "mine" })).rejects.toMatchObject({
      code: "HubConfigError",
      fields: { path: "actor", given: 'gateway, whose placement is "node"' },
    });
    expect(() => a.ref(Counter, { node: "a" })).toThrow(/whose placement is "hub"/);
    expect(() => a.ref(Gateway, { node: "no spaces" })).toThrow(/an id, or \{ node \}/);
    expect(() => defineActor({ ...head, name: "x", placement: "node", migration: coldSwap() })).toThrow(
      /migration: takes none beside placement "node".*given: "coldSwap\(\)"/,
    );
    expect(() => defineActor({ ...head, name: "x", migration: replication() as never })).toThrow(/migration/);
    expect(() => defineActor({ ...head, name: "x", placement: "node", redundancy: replication() })).toThrow(
      /redundancy: takes none beside placement "node".*given: "replication\(\)"/,
    );
    expect(() => defineActor({ ...head, name: "x", redundancy: coldSwap() as never })).toThrow(/redundancy/);
  });

  test("that cannot start lets its node not come up", async () => {
    const Broken = defineActor({
      ...{ name: "broken", placement: "node", module: import.meta.url, state: z.object({}) },
      init: () => {
        throw new Error("no port");
      },
    });
    await expect(lab.hub("a", { actors: [Broken] })).rejects.toThrow("the actor broken@a of this node could not be started: ");
  });
});

test("an actor of a kind with a migration of its own moves by that one, the others by the hub's", async () => {
  const Cache = defineActor({ ...head, name: "cache", migration: coldSwap() }).on(
    "add",
    { output: z.int() },
    (state) => ++state.n,
  );
  const Account = defineActor({ ...head, name: "account" }).on("add", { output: z.int() }, (state) => ++state.n);
  const Kept = defineActor({ ...head, name: "kept", migration: hotSwap({ batchSize: 1 }) }).on(
    "add",
    { output: z.int() },
    (state) => ++state.n,
  );
  const options = { actors: [Cache, Account, Kept] };
  const a = await lab.hub("a", options);
  const ids = Array.from({ length: 20 }, (_, i) => String(i));
  await a.startChildren([
    ...ids.map((id) => child(Cache, { id: `cache-${id}` })),
    ...ids.map((id) => child(Account, { id: `account-${id}` })),
    ...ids.map((id) => child(Kept, { id: `kept-${id}` })),
  ]);
  await Promise.all(
    a.list().map(({ id }) =>
      a
        .ref(Account, id)
        .ask("add")
        .catch(() =>
          a
            .ref(Cache, id)
            .ask("add")
            .catch(() => a.ref(Kept, id).ask("add")),
        ),
    ),
  );
  const finished: number[] = [];
  a.on("redistributionFinished", ({ children }) => void finished.push(children.length));
  const b = await lab.hub("b", options);
  await until("some have moved", () => finished.length > 0);
  const moved = a.list({ node: "b" });
  const counts = async (kind: typeof Cache): Promise<number[]> => [
    ...new Set(await Promise.all(moved.filter(({ actor }) => actor === kind.name).map(({ id }) => b.ref(kind, id).ask("add")))),
  ];
  expect([await counts(Cache), await counts(Account as never), await counts(Kept as never)]).toEqual([[1], [2], [2]]);
  expect(finished[0]).toBe(moved.length);
  expect([a.explain("cache-0").strategies.migration.name, a.explain("kept-0").strategies.migration.name]).toEqual([
    "coldSwap",
    "hotSwap",
  ]);
});
