import { until } from "@process-hub/protocol/testing";
import { child, type Hub, replication } from "process-hub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Player } from "./fixtures/player.actor.js";
import { Trouble } from "./fixtures/trouble.actor.mjs";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const ids = Array.from({ length: 30 }, (_, i) => `p-${i}`);

/** Three nodes with players that have a standby each, which has all of what they handled. */
async function three(): Promise<[Hub, Hub, Hub]> {
  const options = {
    redundancy: replication({ factor: 2, model: "active-passive", standby: true }),
    timings: { heartbeatIntervalMs: 200, downAfterMs: 2_000 },
  };
  const all = [await hubs.make("a", options), await hubs.make("b", options), await hubs.make("c", options)] as [Hub, Hub, Hub];
  await until("they see each other", () => all.every((hub) => hub.nodes().length === 2));
  await all[0].startChildren(ids.map((id) => child(Player, { id })));
  await Promise.all(ids.map((id) => all[0].ref(Player, id).ask("add", { by: 7 })));
  await until("two replicas of each", () => ids.every((id) => all[0].lookup(id)?.replicas.length === 2));
  await until("the standbys have all", () => all.every((hub) => hub.stats().standby.unacknowledged === 0));
  return all;
}

const counts = (hub: Hub): Promise<number[]> => Promise.all(ids.map((id) => hub.ref(Player, id).ask("read")));
const activeOn = (hub: Hub): string[] => ids.filter((id) => hub.lookup(id)?.replicas[0]?.node === hub.node);

test("a node that is gone loses nothing its standbys had, and each actor has a new one", async () => {
  const [a, b, c] = await three();
  expect(activeOn(c).length).toBeGreaterThan(0);
  hubs.network.isolate("c");
  await until("it is gone", () => a.nodes().length + b.nodes().length === 2);
  await until("all run", () => ids.every((id) => a.lookup(id)?.replicas[0]?.node.match(/[ab]/)));
  expect(await counts(a)).toEqual(ids.map(() => 7));
  await until("two replicas of each", () =>
    ids.every((id) =>
      a
        .lookup(id)
        ?.replicas.map(({ node, mode }) => `${node} ${mode}`)
        .sort()
        .join()
        .match(/^a \w+,b \w+$/),
    ),
  );
});

test("a thread that ends has its actors' states back from other nodes", async () => {
  const [a, b] = await three();
  await b.start(Trouble, { id: "trouble" });
  await b.move("trouble", { node: "a", thread: 0 });
  const exits: number[] = [];
  a.on("threadExited", ({ thread }) => exits.push(thread));
  b.ref(Trouble, "trouble").tell("exit");
  await until("the thread has ended", () => exits.length === 1);
  await until("all run again", () => ids.every((id) => b.lookup(id) !== undefined));
  expect(await counts(b)).toEqual(ids.map(() => 7));
});

test("a node that leaves hands over what is active, and its replicas are kept elsewhere", async () => {
  const [a, b, c] = await three();
  await c.close();
  expect(await counts(a)).toEqual(ids.map(() => 7));
  await until("two replicas of each", () =>
    [a, b].every((hub) => ids.every((id) => hub.lookup(id)?.replicas.filter(({ node }) => node !== "c").length === 2)),
  );
  for (const id of ids) expect(a.lookup(id)?.replicas.map(({ mode }) => mode)).toEqual(["active", "passive"]);
});
