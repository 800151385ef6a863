import { child } from "@process-hub/actor";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { RegistryEntry } from "../registry/registry-entry.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 1_500 }, (_, i) => `c-${i}`);

test("entries gives what list gives, of the hub or of this node", async () => {
  const hubs = (await lab.nodes(["a", "b"])) as [Hub, Hub];
  await hubs[0].startChildren(ids.map((id) => child(Counter, { id, tag: "t", metadata: { team: 7 } })));
  await lab.converged(hubs, ids.length);
  for (const hub of hubs) {
    for (const scope of [undefined, "global", "local"] as const) {
      const given: RegistryEntry[] = [];
      for await (const entry of hub.entries(scope)) given.push(entry);
      expect(given).toEqual(hub.list(scope));
    }
  }
});

test("an actor that moves meanwhile is given once", async () => {
  const hubs = (await lab.nodes(["a", "b"])) as [Hub, Hub];
  const [a, b] = hubs;
  await a.startChildren(ids.map((id) => child(Counter, { id })));
  await lab.converged(hubs, ids.length);
  const given: string[] = [];
  for await (const { id, replicas } of b.entries()) {
    given.push(id);
    if (given.length % 100 === 1) await a.move(id, { node: replicas[0]?.node === "a" ? "b" : "a" });
  }
  expect(given.toSorted()).toEqual(ids.toSorted());
});
