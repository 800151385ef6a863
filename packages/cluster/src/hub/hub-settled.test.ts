import { child } from "@process-hub/actor";
import { hotSwap } from "@process-hub/strategies";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** What every node knows, and whether all actors are where they belong. */
function expectAtRest(hubs: readonly Hub[], count: number): void {
  const text = (hub: Hub): string => JSON.stringify(hub.dump().sort((a, b) => (a.id < b.id ? -1 : 1)));
  for (const hub of hubs) expect(text(hub)).toBe(text(hubs[0] as Hub));
  const all = hubs[0]?.dump() ?? [];
  expect(all.length).toBe(count);
  for (const { id, replicas } of all) expect(replicas[0]?.node, id).toBe(hubs[0]?.explain(id).owners[0]);
}

test("after joins, leaves and deaths the hub is said to be at rest when it is, from any node", async () => {
  const hubs = await lab.nodes(["a", "b"], { migration: hotSwap() });
  const [a, b] = hubs as [Hub, Hub];
  await a.startChildren(Array.from({ length: 200 }, (_, i) => child(Counter, { id: `x${i}` })));
  await b.settled();
  expectAtRest(hubs, 200);
  const c = await lab.hub("c", { migration: hotSwap() });
  await c.settled({ timeoutMs: 5_000 });
  expectAtRest([a, b, c], 200);
  expect(c.list("local").length).toBeGreaterThan(0);
  await c.close();
  await a.settled({ timeoutMs: 5_000 });
  expectAtRest(hubs, 200);
  const d = await lab.hub("d", { migration: hotSwap() });
  await d.settled({ timeoutMs: 5_000 });
  lab.network.isolate("d");
  await expect(d.settled({ timeoutMs: 1 })).rejects.toMatchObject({ code: "AskTimeout" });
  await expect(d.settled({ within: 1 } as object)).rejects.toMatchObject({ code: "HubConfigError" });
});
