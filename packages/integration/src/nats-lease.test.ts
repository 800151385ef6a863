import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { until } from "@process-hub/protocol/testing";
import { type NatsLeaseOptions, natsLease, natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, hotSwap } from "process-hub";
import { afterEach, describe, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsCluster } from "./fixtures/nats-cluster.js";
import { NatsServer } from "./fixtures/nats-server.js";
import { Player } from "./fixtures/player.actor.js";

let hubs: Hub[] = [];
afterEach(async () => {
  await Promise.all(hubs.map((hub) => hub.close()));
  hubs = [];
});

async function open(node: string, servers: string, options: NatsLeaseOptions = {}): Promise<Hub> {
  const partitionTolerance = natsLease({ servers, ...options });
  const transport = natsTransport({ servers });
  const hub = await createHub({
    id: "lease.d",
    node,
    threads: 1,
    actors: [Player],
    transport,
    migration: hotSwap(),
    partitionTolerance,
    // With the lease's own time it leaves room for a stall of a busy machine, which must not cost the right to serve.
    timings: { downAfterMs: 4_000 },
  });
  hubs.push(hub);
  return hub;
}

const serving = (): string[] => hubs.filter((hub) => !hub.isPartitioned()).map(({ node }) => node);
const jetStream = 'jetstream { store_dir: "$FOLDER/jetstream" }';

describe("the options of natsLease", () => {
  test.each([
    [{ ttlMs: 10 }, /natsLease.ttlMs: given 10, allowed is a whole number of milliseconds/],
    [{ bucket: "a.b" }, /natsLease.bucket: given "a.b"/],
    [{ servers: "nats://user:pass@x" }, /natsLease: servers: given one with a user or a password/],
  ])("%j is refused by name", (options, message) => {
    expect(() => natsLease(options)).toThrow(message);
  });

  test("nodes compare the lease, and not how each reaches it", () => {
    expect(natsLease({ token: "secret", servers: "a:1" }).settings).toEqual(natsLease({ servers: "b:1" }).settings);
    expect(JSON.stringify(natsLease({ token: "secret" }))).not.toContain("secret");
  });
});

describeNats("a lease on one server", () => {
  test("all nodes serve; the holder's death costs the lease's time, its leave nothing; the server's absence pauses all", {
    timeout: 60_000,
  }, async () => {
    await using server = await NatsServer.start(jetStream);
    const [a, b, c] = [await open("a", server.url), await open("b", server.url), await open("c", server.url)];
    await until("all serve", () => serving().length === 3);
    await a.start(Player, { id: "p" });
    await b.ref(Player, "p").ask("add", { by: 5 });
    await a.close();
    hubs = [b, c];
    expect(serving()).toEqual(["b", "c"]);
    expect(await c.ref(Player, "p").ask("read")).toBe(5);
    await server.kill();
    await until("nobody serves", () => serving().length === 0);
    await expect(b.start(Player, { id: "q" })).rejects.toMatchObject({ code: "Partitioned" });
    await server.up(jetStream);
    await until("both serve", () => serving().length === 2);
    await until("the actor runs", async () => (await c.ref(Player, "p").ask("read")) !== undefined);
  });

  test("a server without JetStream, or without room for the replicas, is a wrong configuration", async () => {
    await using plain = await NatsServer.start();
    // The store has a quarter of this to answer; after it the hub would go on without.
    const ttlMs = 40_000;
    await expect(open("a", plain.url, { ttlMs })).rejects.toMatchObject({
      code: "HubConfigError",
      message: expect.stringContaining("JetStream"),
    });
    await using one = await NatsServer.start(jetStream);
    await expect(open("a", one.url, { ttlMs, replicas: 3 })).rejects.toMatchObject({ code: "HubConfigError" });
  });

  test("a user who may not use JetStream is told what to allow", async () => {
    const users =
      'authorization { users: [{ user: "u", password: "p", permissions: { publish: "process-hub.>", subscribe: ["process-hub.>", "_INBOX.>"] } }] }';
    await using server = await NatsServer.start(`${jetStream}\n${users}`);
    const partitionTolerance = natsLease({ servers: server.url, user: "u", pass: "p", ttlMs: 40_000 });
    await expect(createHub({ id: "lease", partitionTolerance })).rejects.toMatchObject({
      code: "HubConfigError",
      message: expect.stringContaining("$JS.API"),
    });
  });
});

describeNats("a lease on three servers", () => {
  test("of writers that name one revision one succeeds, on a stream with replicas too", { timeout: 60_000 }, async () => {
    await using cluster = await NatsCluster.start(3);
    const clients = await Promise.all([0, 1, 2].map((i) => connect({ servers: cluster.url(i) })));
    const streams = clients.map((client) => jetstream(client, { timeout: 2_000 }));
    const bucket = { history: 1, replicas: 3, allow_direct: false };
    const [first] = streams;
    if (first === undefined) throw new Error("there are three");
    await until("the servers have a leader", () => new Kvm(first).create("race", bucket).then(() => true));
    const kv = await new Kvm(first).create("race", bucket);
    for (let round = 0; round < 50; round++) {
      const lastSequence = (await kv.get("k"))?.revision ?? 0;
      const writers = [...streams, ...streams, ...streams];
      const tries = writers.map((stream, i) => stream.publish("$KV.race.k", `${round} ${i}`, { expect: { lastSequence } }));
      const done = (await Promise.allSettled(tries)).filter(({ status }) => status === "fulfilled");
      expect(done).toHaveLength(1);
    }
    await Promise.all(clients.map((client) => client.close()));
  });

  test("a cut: the side that has the servers' quorum serves, and no other; it heals", { timeout: 120_000 }, async () => {
    await using cluster = await NatsCluster.start(3);
    const lease = { replicas: 3 };
    await open("a", cluster.url(0), lease);
    await open("b", cluster.url(1), lease);
    await open("c", cluster.url(1), lease);
    await until("all serve", () => serving().length === 3, 60_000);
    const [a, b, c] = hubs;
    if (a === undefined || b === undefined || c === undefined) throw new Error("there are three");
    const ids = Array.from({ length: 12 }, (_, i) => `p-${i}`);
    await Promise.all(ids.map((id) => a.start(Player, { id })));
    await until("all know all", () => hubs.every((hub) => hub.list().length === ids.length));
    cluster.cut([0], [1, 2]);
    await until("a does not serve", () => a.isPartitioned());
    const onOthers = (entry: { readonly replicas: readonly { readonly node: string }[] }): boolean =>
      entry.replicas.some(({ node }) => node !== "a");
    await until(
      "b and c do, with all actors",
      () => serving().join() === "b,c" && b.list().filter(onOthers).length === ids.length,
      60_000,
    );
    await expect(a.start(Player, { id: "q" })).rejects.toMatchObject({ code: "Partitioned" });
    for (const id of ids) expect(await b.ref(Player, id).ask("where")).toMatch(/^[bc]/);
    cluster.heal();
    await until("all serve", () => serving().length === 3, 60_000);
    const places = (hub: Hub): string =>
      JSON.stringify(
        hub
          .dump()
          .map(({ id, replicas }) => [id, replicas])
          .sort(),
      );
    await until("all registries are equal", () => new Set(hubs.map(places)).size === 1 && a.list().length === ids.length);
    for (const { replicas } of a.list()) expect(replicas).toHaveLength(1);
  });
});
