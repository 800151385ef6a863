import { child, defineActor } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
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

const module = import.meta.url;
const head = { name: "cart", module };
const Old = defineActor({ ...head, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("add", { output: z.int() }, (state) => ++state.n)
  .on("read", {}, (state) => state);
const steps = {
  upgrade: { 1: ({ n }: { n: number }) => ({ n, currency: "EUR" }) },
  downgrade: { 2: ({ n }: { n: number }) => ({ n }) },
};
const next = (more: Partial<typeof steps>) =>
  defineActor({
    ...head,
    ...more,
    version: 2,
    state: z.object({ n: z.int(), currency: z.string() }),
    init: () => ({ n: 0, currency: "EUR" }),
  })
    .on("add", { output: z.int() }, (state) => ++state.n)
    .on("read", {}, (state) => state);
const New = next(steps);
const ids = Array.from({ length: 40 }, (_, i) => `cart-${i}`);

const joined = (...hubs: Hub[]): Promise<void> =>
  until("all see each other", () => hubs.every((hub) => hub.nodes().length === hubs.length - 1));
const states = (hub: Hub): Promise<unknown[]> => Promise.all(ids.map((id) => hub.ref(Old, id).ask("read")));
const hostsOf = (hub: Hub): string[] => [...new Set(ids.map((id) => hub.lookup(id)?.replicas[0]?.node ?? "nowhere"))].sort();

/** Nodes of the old build with carts, each added to once. */
async function oldNodes(...names: string[]): Promise<Hub[]> {
  const hubs = await Promise.all(names.map((name) => lab.hub(name, { actors: [Old] })));
  await joined(...hubs);
  await hubs[0]?.startChildren(ids.map((id) => child(Old, { id })));
  await Promise.all(ids.map((id) => hubs[0]?.ref(Old, id).ask("add")));
  return hubs;
}

describe("a deploy", () => {
  test("to a new build, node by node, and back again keeps every state", async () => {
    const [a, b] = (await oldNodes("a", "b")) as [Hub, Hub];
    const a2 = await lab.hub("a2", { actors: [New] });
    await joined(a, b, a2);
    expect(await a.close()).toEqual({ ended: [] });
    const b2 = await lab.hub("b2", { actors: [New] });
    await joined(b, a2, b2);
    expect(await b.close()).toEqual({ ended: [] });
    await until("all are on the new build", () => hostsOf(a2).join() === "a2,b2");
    expect(await states(b2)).toEqual(ids.map(() => ({ n: 1, currency: "EUR" })));
    const back = await lab.hub("back", { actors: [Old] });
    await joined(a2, b2, back);
    await a2.close();
    expect(hostsOf(b2)).toEqual(["b2"]);
    await b2.close();
    expect(hostsOf(back)).toEqual(["back"]);
    expect(await states(back)).toEqual(ids.map(() => ({ n: 1 })));
  });

  test("without a way back leaves its actors on the newer build; what cannot move is refused by name", async () => {
    const hubs = [await lab.hub("new", { actors: [next({ upgrade: steps.upgrade })] }), await lab.hub("old", { actors: [Old] })];
    const [fresh, old] = hubs as [Hub, Hub];
    await joined(fresh, old);
    await fresh.start(Old, { id: "cart-0", nodes: ["new"] });
    await expect(fresh.move("cart-0", { node: "old" })).rejects.toMatchObject({
      code: "HandoffFailed",
      message: expect.stringMatching(/version 2 of cart, that node has version 1, and there is no downgrade/),
    });
    expect(await old.ref(Old, "cart-0").ask("add")).toBe(1);
    expect(old.builds().map(({ node, kinds }) => [node, kinds[0]?.version])).toEqual([
      ["new", 2],
      ["old", 1],
    ]);
  });

  test("of a new kind: it runs where it is known, is waited for where it is not, and runs again when it comes back", async () => {
    const a = await lab.hub("a", { actors: [Old] });
    await expect(a.start(Counter, { id: "c" })).rejects.toMatchObject({
      code: "NoNodeForKind",
      fields: { id: "c", kind: "counter", kinds: { a: ["cart"] } },
    });
    const b = await lab.hub("b", { actors: [Old, Counter] });
    await joined(a, b);
    const batch = await a.startChildren(ids.map((id) => child(Counter, { id: `c-${id}` })));
    expect([batch.started.length, new Set(batch.started.map(({ placements }) => placements[0]?.node))]).toEqual([
      ids.length,
      new Set(["b"]),
    ]);
    await b.close();
    await until("they wait", () => a.explain("c-cart-0").state === "waiting");
    expect(a.stats().registry).toMatchObject({ orphans: ids.length, waiting: ids.length });
    const c = await lab.hub("c", { actors: [Counter] });
    await until("they run again", () => c.list("local").length === ids.length);
    expect(await a.ref(Counter, "c-cart-7").ask("read")).toBe(0);
  });
});

test("a gateway starts and asks actors of others, runs none, and admits none", async () => {
  const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
  const web = await lab.hub("web", { actors: [] });
  await joined(a, b, web);
  const { started, errors } = await web.startChildren(ids.map((id) => child(Counter, { id })));
  expect([started.length, errors, hostsOf(web)]).toEqual([ids.length, [], ["a", "b"]]);
  await b.close();
  expect(await Promise.all(ids.map((id) => web.ref(Counter, id).ask("add", { by: 1 })))).toEqual(ids.map(() => 1));
  expect(web.list("local")).toEqual([]);
  await expect(web.ref(Counter, "nobody").ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
});
