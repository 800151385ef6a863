import { until } from "@process-hub/protocol/testing";
import { natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, type HubError, type HubOptions, hotSwap, majorityQuorum, staticQuorum } from "process-hub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsCluster } from "./fixtures/nats-cluster.js";
import { Player } from "./fixtures/player.actor.js";

let cluster: NatsCluster;
let hubs: Hub[] = [];

beforeEach(async () => {
  cluster = await NatsCluster.start(2);
});
afterEach(async () => {
  await Promise.all(hubs.map((hub) => hub.close()));
  hubs = [];
  await cluster[Symbol.asyncDispose]();
});

async function open(node: string, server: number, partitionTolerance: HubOptions["partitionTolerance"]): Promise<Hub> {
  const transport = natsTransport({ servers: cluster.url(server) });
  // A stall of a busy machine must not end a lease: an ask would be refused.
  const timings = { downAfterMs: 4_000 };
  const options = { id: "cut", node, threads: 1, actors: [Player], transport, migration: hotSwap(), timings };
  const hub = await createHub({ ...options, ...(partitionTolerance && { partitionTolerance }) });
  hubs.push(hub);
  return hub;
}

/** Actors that all nodes know, with something to remember. */
async function played(count: number): Promise<string[]> {
  const [a] = hubs;
  if (a === undefined) throw new Error("open hubs first");
  const ids = Array.from({ length: count }, (_, i) => `player-${i}`);
  await until("all serve", () => hubs.every((hub) => !hub.isPartitioned() && hub.nodes().length === hubs.length - 1));
  for (const id of ids) await (await a.start(Player, { id })).ask("add", { by: 1 });
  await until("all nodes know all actors", () => hubs.every((hub) => hub.list().length === count));
  return ids;
}

/** What a registry says of who runs what. */
const places = (hub: Hub): string =>
  JSON.stringify(
    hub
      .list()
      .map(({ id, replicas }) => [id, replicas])
      .sort(),
  );

async function whole(count: number): Promise<void> {
  await until("all serve", () => hubs.every((hub) => !hub.isPartitioned()));
  await until("all registries are equal", () => new Set(hubs.map(places)).size === 1 && hubs[0]?.list().length === count);
  for (const { replicas } of hubs[0]?.list() ?? []) expect(replicas).toHaveLength(1);
}

describeNats("two servers whose route is cut, one node at one and two at the other", () => {
  test.each([
    ["majorityQuorum", () => majorityQuorum({ initialSize: 3 })],
    ["staticQuorum", () => staticQuorum({ size: 2 })],
  ])(
    "%s: the larger side takes all over and serves alone; when it is whole again there is one life of each",
    { timeout: 90_000 },
    async (_, strategy) => {
      const [a, b, c] = [await open("a", 0, strategy()), await open("b", 1, strategy()), await open("c", 1, strategy())];
      const ids = await played(12);
      cluster.cut([0], [1]);
      await until("a does not serve", () => a.isPartitioned());
      await expect(a.start(Player, { id: "late" })).rejects.toMatchObject({ code: "Partitioned" });
      // Between the end of its lease and its pause it may still send what another node might handle.
      const code = await a
        .ref(Player, "player-0")
        .ask("add", { by: 1 })
        .catch((error: HubError) => error.code);
      expect(["Partitioned", "OutcomeUnknown"]).toContain(code);
      await expect(a.ref(Player, "player-0").ask("add", { by: 1 })).rejects.toMatchObject({ code: "Partitioned" });
      const without = (hub: Hub): boolean =>
        hub.list().filter(({ replicas }) => replicas.some(({ node }) => node !== "a")).length === ids.length;
      await until("b and c run all", () => without(b) && without(c));
      for (const id of ids) {
        expect(await c.ref(Player, id).ask("where")).toMatch(/^[bc]/);
        await c.ref(Player, id).ask("add", { by: 10 });
      }
      expect(hubs.map((hub) => hub.isPartitioned())).toEqual([true, false, false]);
      cluster.heal();
      await whole(ids.length);
      for (const id of ids) expect(await a.ref(Player, id).ask("read")).toBeGreaterThanOrEqual(10);
    },
  );
});

describeNats("two servers whose route is cut, one node at each", () => {
  test("majorityQuorum: neither serves, and what was frozen goes on when it is whole again", { timeout: 90_000 }, async () => {
    const strategy = () => majorityQuorum({ initialSize: 2, whilePaused: "freeze" });
    const [a] = [await open("a", 0, strategy()), await open("b", 1, strategy())];
    const ids = await played(6);
    cluster.cut([0], [1]);
    await until("neither serves", () => hubs.every((hub) => hub.isPartitioned()));
    for (const hub of hubs) await expect(hub.start(Player, { id: "late" })).rejects.toMatchObject({ code: "Partitioned" });
    cluster.heal();
    await whole(ids.length);
    for (const id of ids) expect(await a.ref(Player, id).ask("read")).toBe(1);
  });

  test("divergence: both serve, and one life is left", { timeout: 90_000 }, async () => {
    const [a, b] = [await open("a", 0, undefined), await open("b", 1, undefined)];
    const ids = await played(6);
    cluster.cut([0], [1]);
    await until("each runs all", () => hubs.every((hub) => hub.list("local").length === ids.length));
    for (const hub of [a, b]) for (const id of ids) await hub.ref(Player, id).ask("add", { by: 1 });
    cluster.heal();
    await until("they see each other", () => hubs.every((hub) => hub.nodes().length === 1));
    await whole(ids.length);
  });
});
