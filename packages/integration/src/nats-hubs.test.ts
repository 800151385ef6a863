import { decode, encodePlain, protocolVersion } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { natsTransport } from "@process-hub/transport-nats";
import { child, coldSwap, createHub, type Hub, type HubOptions, hotSwap } from "process-hub";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { balanced } from "./fixtures/hubs.js";
import { Ledger } from "./fixtures/ledger.actor.js";
import { NatsServer } from "./fixtures/nats-server.js";
import { Player } from "./fixtures/player.actor.js";
import { Machine } from "./machines/machine.js";

let server: NatsServer;
let hubs: Hub[] = [];
let processes: Machine[] = [];
let made = 0;

/** A hub id of its own for each test: they share the server. */
const hubId = (): string => `shop.${made}`;

async function openHub(node: string, options: Partial<HubOptions> = {}): Promise<Hub> {
  const transport = natsTransport({ servers: server.url });
  const hub = await createHub({
    id: hubId(),
    node,
    threads: 1,
    actors: [Player, Ledger],
    transport,
    migration: hotSwap(),
    ...options,
  });
  hubs.push(hub);
  return hub;
}

async function openProcess(node: string, timings: NonNullable<HubOptions["timings"]> = {}): Promise<Machine> {
  const opened = await Machine.open({ hub: hubId(), node, servers: server.url, timings });
  processes.push(opened);
  return opened;
}

/** For who is to be refused: the refusal must come while it joins, and ends that. */
const patient = { discoveryMs: 15_000 };

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `player-${i}`);

function everywhere() {
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterEach(async () => {
    await Promise.all([...hubs.map((hub) => hub.close()), ...processes.map((one) => one.kill())]);
    hubs = [];
    processes = [];
    made++;
  });
  afterAll(() => server[Symbol.asyncDispose]());
}

/** Resolves when a hub has taken its actors to where they belong with a node that is yet to join: they are not moved by two then. */
function redistributedFor(hub: Hub, node: string): Promise<void> {
  return new Promise((resolve) => {
    hub.on("memberJoined", (joined) => joined.node === node && hub.on("redistributionFinished", () => resolve()));
  });
}

describeNats("three hubs of one process over one server", () => {
  everywhere();

  test("form one cluster; a large state moves, order is kept, all messages have a fate", async () => {
    const [a, b] = [await openHub("a"), await openHub("b.example")];
    const atRest = Promise.all([a, b].map((hub) => redistributedFor(hub, "c")));
    const c = await openHub("c");
    await until("they see each other", () => [a, b, c].every((hub) => hub.nodes().length === 2));
    await atRest;
    const { errors } = await a.startChildren(["target", "from"].map((id) => child(Ledger, { id })));
    expect(errors).toEqual([]);
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      for (const hub of [a, b, c])
        for (let n = 1; n <= 300; n++) hub.ref(Ledger, "target").tell("note", { from: hub.node, n: round * 300 + n });
      b.ref(Ledger, "from").tell("relay", { to: "target", first: round * 300 + 1, count: 300 });
      const to = [a, b, c][round % 3] as Hub;
      if (a.lookup("target")?.replicas[0]?.node !== to.node) await a.move("target", { node: to.node });
    }
    const total = rounds * 300 * 4;
    const read = () => c.ref(Ledger, "target").ask("read") as Promise<{ count: number; wrong: string[] }>;
    await until("all have arrived", async () => (await read()).count === total || (await read()));
    expect(await read()).toMatchObject({ count: total, wrong: [] });
    await until("every message has a fate", () => balanced([a, b, c]));
  });

  test("the server goes away for a moment: they are one cluster again, with one life of each actor", async () => {
    await using own = await NatsServer.start();
    const shared = server;
    server = own;
    // A moment: nobody is given up before the server is back, however long that takes on a busy machine.
    const timings = { downAfterMs: 20_000, shutdownTimeoutMs: 2_000 };
    const [a, b] = [await openHub("a", { timings }), await openHub("b", { timings })];
    server = shared;
    await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
    await a.startChildren(names(20).map((id) => child(Player, { id })));
    await own.kill();
    const asked = b.ref(Player, "player-0").ask("add", { by: 5 }, { timeoutMs: 15_000 });
    await own.up();
    expect(await asked).toBe(5);
    await until("one cluster", () => a.nodes().join() === "b" && b.nodes().join() === "a");
    for (const hub of [a, b])
      await until("all answer", async () => {
        const counts = await Promise.all(names(20).map((id) => hub.ref(Player, id).ask("read")));
        return counts.join() === [5, ...new Array(19).fill(0)].join() || counts;
      });
  });

  test("a server that no longer takes the credentials: the hub says so, and serves what it has", async () => {
    await using own = await NatsServer.start('authorization { token: "old" }');
    const transport = natsTransport({ servers: own.url, token: "old" });
    const hub = await createHub({ id: hubId(), node: "a", threads: 1, actors: [Player], transport });
    hubs.push(hub);
    const errors: string[] = [];
    hub.on("log", ({ level, message }) => level === "error" && errors.push(message));
    const told: unknown[] = [];
    hub.on("connectionChanged", ({ node, state, cause }) => told.push([node, state, cause?.code]));
    expect(hub.stats().connection).toBe("connected");
    await own.kill();
    await own.up('authorization { token: "new" }');
    await until("it says so", () => errors.length === 1 || errors);
    expect(errors[0]).toMatch(/^the transport is closed for good.*refuses the credentials/);
    expect([told, hub.stats().connection]).toEqual([
      [
        ["a", "disconnected", undefined],
        ["a", "closed", "HubConfigError"],
      ],
      "closed",
    ]);
    await hub.start(Player, { id: "p" });
    expect(await hub.ref(Player, "p").ask("read")).toBe(0);
    expect(await hub.close()).toEqual({ ended: ["p"] });
  });

  test("a node that is closed as soon as it is refused for good ends in time; what it ran goes on at the others", async () => {
    const users = (pass: string) => `authorization { users: [{ user: "a", password: "${pass}" }, { user: "b", password: "b" }] }`;
    await using own = await NatsServer.start(users("a"));
    const open = async (node: string) => {
      const transport = natsTransport({ servers: own.url, user: node, pass: node });
      const hub = await createHub({ id: hubId(), node, threads: 1, actors: [Player], transport, migration: hotSwap() });
      hubs.push(hub);
      return hub;
    };
    const [a, b] = [await open("a"), await open("b")];
    await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
    await a.startChildren(names(20).map((id) => child(Player, { id })));
    const closed = new Promise((resolve) => {
      a.on("connectionChanged", ({ state }) => state === "closed" && resolve(a.close()));
    });
    await own.kill();
    await own.up(users("changed"));
    await closed;
    expect(a.isAlive()).toBe(false);
    await until("b has all", () => b.list("local").length === 20 || b.list("local").length);
    await until("b is connected", () => b.stats().connection === "connected");
  });

  test("a node that is alone takes another name, and others find it by that", async () => {
    const a = await openHub("a");
    await a.start(Player, { id: "p" });
    await a.ref(Player, "p").ask("add", { by: 3 });
    await a.rename("z");
    expect([a.node, await a.ref(Player, "p").ask("read")]).toEqual(["z", 3]);
    const b = await openHub("b");
    await until("they see each other", () => a.nodes().join() === "b" && b.nodes().join() === "z");
    expect(await b.ref(Player, "p").ask("read")).toBe(3);
  });

  test("garbage on the subjects is counted, and changes nothing", async () => {
    const [a, b] = [await openHub("a"), await openHub("b")];
    await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
    const bad: string[] = [];
    a.on("badFrame", ({ peer }) => bad.push(peer));
    const hostile = natsTransport({ servers: server.url });
    await hostile.open(hubId(), "mallory", { message: () => {}, connection: () => {} });
    for (let i = 0; i < 50; i++) hostile.broadcast(new Uint8Array([i, i, i]));
    await until("all are counted", () => bad.length === 50 || bad);
    await hostile.close();
    await a.start(Player, { id: "p" });
    expect(await b.ref(Player, "p").ask("add", { by: 1 })).toBe(1);
  });

  test("other settings, another version, wrong credentials: createHub says which, and leaves nothing behind", async () => {
    await openHub("a");
    await expect(openHub("b", { migration: coldSwap(), timings: patient })).rejects.toMatchObject({ code: "SettingsMismatch" });
    await expect(openHub("a", { timings: patient })).rejects.toMatchObject({
      code: "HubConfigError",
      message: /names are unique/,
    });

    made++;
    const future = natsTransport({ servers: server.url });
    await future.open(hubId(), "future", {
      message: (from, bytes) => {
        const heard = decode(bytes) as { type: string; settings: string };
        const card = {
          node: "future",
          incarnation: "f1",
          places: [],
          joinedAtMs: 0,
          draining: false,
          kinds: [],
          times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
          number: 1,
          generation: 1,
        };
        const hello = { type: "hello", version: protocolVersion + 1, hub: hubId(), settings: heard.settings, card, answer: true };
        if (heard.type === "hello") future.send(from, encodePlain(hello));
      },
      connection: () => {},
    });
    await expect(openHub("b", { timings: patient })).rejects.toMatchObject({
      code: "ProtocolMismatch",
      message: `node future speaks version ${protocolVersion + 1} of the protocol, node b version ${protocolVersion}: run one version`,
    });
    await future.close();
  });
});

describeNats("hubs in processes of their own", () => {
  everywhere();

  test("one cluster: actors are placed over all, asked from all, moved, drained, and stay when a node leaves", async () => {
    // The ring would have back what is moved off it: not within this test.
    const timings = { batchWindowMs: 60_000 };
    const [a, b, c] = [await openProcess("a", timings), await openProcess("b", timings), await openProcess("c", timings)];
    await until("they see each other", async () =>
      (await Promise.all([a, b, c].map((p) => p.does.nodes()))).every((n) => n.length === 3),
    );
    expect(await a.does.start("player", names(60))).toBe(60);
    await until("all know where all are", async () => {
      const places = await Promise.all([a, b, c].map((p) => p.does.places()));
      return places.every((known) => Object.keys(known).length === 60 && new Set(Object.values(known)).size === 3);
    });
    for (const asker of [a, b, c]) await Promise.all(names(60).map((id, i) => asker.does.ask("player", id, "add", { by: i })));
    const sums = names(60).map((_, i) => 3 * i);
    const read = (asker: Machine) => Promise.all(names(60).map((id) => asker.does.ask("player", id, "read")));
    expect(await read(b)).toEqual(sums);

    const from = (await a.does.places())["player-7"];
    const to = from === "a" ? "b" : "a";
    await c.does.move("player-7", to);
    expect([await b.does.ask("player", "player-7", "where"), await b.does.ask("player", "player-7", "read")]).toEqual([
      `${to}/0`,
      21,
    ]);

    expect(await b.does.drain()).toEqual([]);
    expect(Object.values(await b.does.places())).not.toContain("b");
    expect(await read(a)).toEqual(sums);
    await c.does.close();
    expect(await c.ended()).toBe(0);
    await until("b has left", async () => (await a.does.nodes()).join() === "a,b");
    expect(await read(a)).toEqual(sums);
    expect(new Set(Object.values(await a.does.places()))).toEqual(new Set(["a"]));
  });

  test("kill -9: its actors serve elsewhere within three seconds at default timings", async () => {
    const [a, b, c] = [await openProcess("a"), await openProcess("b"), await openProcess("c")];
    await until("they see each other", async () =>
      (await Promise.all([a, b, c].map((p) => p.does.nodes()))).every((n) => n.length === 3),
    );
    await a.does.start("player", names(60));
    await until("a knows of some on c", async () => Object.values(await a.does.places()).includes("c"));
    const places = await a.does.places();
    const victims = names(60).filter((id) => places[id] === "c");
    const killedAtMs = performance.now();
    await c.kill();
    await Promise.all(
      victims.map((id) =>
        until(
          `${id} serves`,
          async () => (await a.does.ask("player", id, "add", { by: 1 }).catch(String)) === 1,
          3_000 - (performance.now() - killedAtMs),
        ),
      ),
    );
    expect(performance.now() - killedAtMs).toBeLessThan(3_000);
    await until("b has missed it as well", async () => (await b.does.nodes()).join() === "a,b");
    expect(await Promise.all(names(60).map((id) => b.does.ask("player", id, "read")))).toEqual(
      names(60).map((id) => (victims.includes(id) ? 1 : 0)),
    );
  });

  test("a process whose hub cannot open says why, and ends by itself", async () => {
    await openProcess("a");
    const stranger = new Machine();
    processes.push(stranger);
    await expect(
      stranger.does.open({ hub: hubId(), node: "b", servers: server.url, migration: "coldSwap", timings: patient }),
    ).rejects.toMatchObject({
      code: "SettingsMismatch",
      message: expect.stringMatching(/nodes .* have different settings/),
    });
    expect(await stranger.ended()).toBe(0);

    await using locked = await NatsServer.start('authorization { token: "right" }');
    const thief = new Machine();
    processes.push(thief);
    await expect(thief.does.open({ hub: hubId(), node: "b", servers: locked.url, token: "hunter2" })).rejects.toMatchObject({
      code: "HubConfigError",
      message: expect.stringMatching(/^(?!.*hunter2).*refuses the credentials/),
    });
    expect(await thief.ended()).toBe(0);

    const lonely = new Machine();
    processes.push(lonely);
    locked.freeze();
    await expect(lonely.does.open({ hub: hubId(), node: "b", servers: locked.url })).rejects.toMatchObject({ code: "NodeDown" });
    expect(await lonely.ended()).toBe(0);
  });
});
