import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { connect } from "@nats-io/transport-node";
import type { HubError, Transport } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { type NatsTransportOptions, natsTransport } from "@process-hub/transport-nats";
import { afterEach, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsServer } from "./fixtures/nats-server.js";

const open: Transport[] = [];
afterEach(() => Promise.all(open.splice(0).map((transport) => transport.close())));

/** A node of the hub "hub" and what it was told. */
async function node(name: string, options: NatsTransportOptions) {
  const transport = natsTransport(options);
  open.push(transport);
  const got: { from: string; text: string }[] = [];
  const told: string[] = [];
  const causes: (HubError | undefined)[] = [];
  await transport.open("hub", name, {
    message: (from, bytes) => got.push({ from, text: Buffer.from(bytes).toString() }),
    connection: (state, cause) => {
      told.push(state);
      causes.push(cause);
    },
  });
  const say = (to: string, text: string): void => transport.send(to, new Uint8Array(Buffer.from(text)));
  return { transport, got, told, causes, say };
}

const failure = (options: NatsTransportOptions): Promise<HubError> =>
  node("a", options).then(
    () => expect.unreachable(),
    (error) => error,
  );

const tlsFile = (name: string): string => fileURLToPath(new URL(`./fixtures/tls/${name}`, import.meta.url));
const tlsConfig = `tls { cert_file: "${tlsFile("server.crt")}", key_file: "${tlsFile("server.key")}" }`;

describeNats("opening", () => {
  test("wrong credentials are refused at once; the error names the server and no secret", async () => {
    await using server = await NatsServer.start('authorization { user: "ann", password: "right" }');
    for (const options of [{ user: "ann", pass: "hunter2" }, { token: "hunter2" }, {}]) {
      const error = await failure({ servers: server.url, ...options });
      expect(error).toMatchObject({ code: "HubConfigError", message: expect.stringContaining(server.url) });
      expect([error.message, JSON.stringify(error.fields)].join()).not.toContain("hunter2");
      expect(error.message).toMatch(/refuses the credentials .*: check user and pass, token or authenticator/);
    }
    const a = await node("a", { servers: server.url, user: "ann", pass: "right" });
    expect(a.told).toEqual([]);
  });

  test("a user who may not use our subjects learns which", async () => {
    const permissions = 'permissions { publish: ["other.>"], subscribe: ["other.>", "process-hub.>"] }';
    await using server = await NatsServer.start(`authorization { users: [{ user: "ann", password: "right", ${permissions} }] }`);
    const error = await failure({ servers: server.url, user: "ann", pass: "right" });
    expect(error).toMatchObject({ code: "HubConfigError", fields: { allowed: "publish and subscribe on process-hub.>" } });
    expect(error.message).toMatch(/does not allow this user the publish on process-hub\.hub\.all/);
    await node("a", { servers: server.url, user: "ann", pass: "right", subjectPrefix: "other.place" });
  });

  test("nobody listens there, or somebody who does not answer: NodeDown in bounded time", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    const servers = [`127.0.0.1:${port}`];
    const error = await failure({ servers, connectTimeoutMs: 300 });
    expect(error).toMatchObject({ code: "NodeDown", message: expect.stringContaining(`127.0.0.1:${port}`) });
    await new Promise((resolve) => silent.close(resolve));
    const refused = await failure({ servers });
    expect(refused).toMatchObject({
      code: "NodeDown",
      message: expect.stringMatching(/no NATS server answers .*connection refused/),
    });
  });

  test("TLS: with the right authority it opens, without it the error says what to check", async () => {
    await using server = await NatsServer.start(tlsConfig);
    const untrusted = await failure({ servers: server.url });
    expect(untrusted).toMatchObject({ code: "HubConfigError", message: expect.stringMatching(/no TLS connection .*check tls/) });
    const missing = await failure({ servers: server.url, tls: { caFile: "nowhere.pem" } });
    expect(missing).toMatchObject({ code: "HubConfigError", message: expect.stringContaining("nowhere.pem") });
    const tls = { caFile: tlsFile("server.crt") };
    const [a, b] = [await node("a", { servers: server.url, tls }), await node("b", { servers: `tls://${server.url}`, tls })];
    a.say("b", "in private");
    await until("it arrives", () => b.got.length === 1);
  });

  test("TLS against a server without it", async () => {
    await using server = await NatsServer.start();
    expect(await failure({ servers: server.url, tls: {} })).toMatchObject({
      code: "HubConfigError",
      message: expect.stringContaining("tls"),
    });
  });
});

describeNats("a server that comes and goes", () => {
  test("when it is back all are connected again; what was sent meanwhile is gone, what comes after arrives", async () => {
    await using server = await NatsServer.start();
    const [a, b] = [await node("a", { servers: server.url }), await node("b", { servers: server.url })];
    await server.kill();
    await until("both know", () => a.told.length === 1 && b.told.length === 1);
    for (let i = 0; i < 1_000; i++) a.say("b", "lost");
    await server.up();
    await until("both are back", () => a.told.length === 2 && b.told.length === 2);
    // The server may hear of b's subscriptions a moment after it hears a.
    await until("it arrives", () => {
      a.say("b", "found");
      return b.got.length > 0;
    });
    expect(b.got.filter(({ text }) => text !== "found")).toEqual([]);
    expect([a.told, b.told]).toEqual([
      ["disconnected", "connected"],
      ["disconnected", "connected"],
    ]);
  });

  test("the largest payload that it carries arrives whole, from four at once, beside smaller ones", async () => {
    await using server = await NatsServer.start("max_payload: 65536");
    const options = { servers: server.url, maxUnsentBytes: 4_000_000 };
    const b = await node("b", options);
    const senders = await Promise.all(["a", "c", "d", "e"].map((name) => node(name, options)));
    expect(b.transport.maxBytes).toBe(2_000_000);
    for (const { say } of senders) for (const text of ["before", "x".repeat(2_000_000), "after"]) say("b", text);
    await until("all are there", () => b.got.length === 12);
    for (const from of ["a", "c", "d", "e"]) {
      const lengths = b.got.filter((one) => one.from === from).map(({ text }) => text.length);
      expect(lengths).toEqual([6, 2_000_000, 5]);
    }
  });

  test("while it takes nothing, no more than the bound is on its way to it", async () => {
    await using server = await NatsServer.start();
    const [a, b] = [
      await node("a", { servers: server.url, maxUnsentBytes: 1_000_000 }),
      await node("b", { servers: server.url }),
    ];
    server.freeze();
    const before = process.memoryUsage().arrayBuffers;
    const text = "x".repeat(100_000);
    const payload = new Uint8Array(Buffer.from(text));
    // In turns of the event loop, so that the client would hand all of it to the socket.
    for (let i = 0; i < 1_000; i++) {
      a.transport.send("b", payload);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
    server.thaw();
    await until("room again", () => {
      a.say("b", "last");
      return b.got.some((message) => message.text === "last");
    });
    const large = b.got.filter(({ text: some }) => some === text).length;
    expect(large).toBeGreaterThan(0);
    // Ten fill the bound; the server may take a few more before it has stopped.
    expect(large).toBeLessThanOrEqual(20);
  });

  test("one that does not answer pings is given up; the node is back when it answers", async () => {
    await using server = await NatsServer.start();
    const a = await node("a", { servers: server.url });
    server.freeze();
    await until("it is given up", () => a.told.includes("disconnected"));
    server.thaw();
    await until("it is back", () => a.told.at(-1) === "connected");
  });

  test("credentials that it no longer takes: the transport says that it is closed, and why", async () => {
    await using server = await NatsServer.start('authorization { token: "old" }');
    const a = await node("a", { servers: server.url, token: "old" });
    await server.kill();
    await server.up('authorization { token: "new" }');
    await until("it is told", () => a.told.at(-1) === "closed");
    expect(a.causes.at(-1)).toMatchObject({ code: "HubConfigError", message: expect.stringContaining("credentials") });
    a.say("b", "nothing happens");
  });

  test("a close does not wait for a server that is gone, or frozen", async () => {
    await using server = await NatsServer.start();
    const [a, b] = [await node("a", { servers: server.url }), await node("b", { servers: server.url })];
    server.freeze();
    a.say("b", "into the ice");
    await a.transport.close();
    await server.kill();
    await until("b knows", () => b.told.length === 1);
    await b.transport.close();
  });
});

describeNats("hostile bytes", () => {
  test("whatever is published on our subjects, the node goes on, and is told of what is no frame", async () => {
    await using server = await NatsServer.start();
    const [a, b] = [await node("a", { servers: server.url }), await node("b.c", { servers: server.url })];
    const client = await connect({ servers: server.url });
    const frames: Uint8Array[] = [];
    const spy = client.subscribe("process-hub.>", { callback: (_error, { data }) => void frames.push(data) });
    await client.flush();
    a.say("b.c", "a message");
    a.transport.broadcast(new Uint8Array(2_000_000).fill(120));
    await until("the spy has them", () => frames.length >= 3 && b.got.length === 2);
    spy.unsubscribe();
    const hostile = frames
      .slice(0, 2)
      .flatMap((frame) => [
        ...Array.from({ length: 30 }, (_, i) => frame.slice(0, i + 1)),
        ...Array.from({ length: 30 }, (_, i) => frame.map((byte, at) => (at === i ? byte ^ 0xff : byte))),
      ]);
    b.got.length = 0;
    for (const data of [...hostile, new Uint8Array(0), new TextEncoder().encode("garbage")]) {
      client.publish("process-hub.hub.node.b%002ec", data);
      client.publish("process-hub.hub.all", data);
    }
    await client.flush();
    a.say("b.c", "still here");
    await until("it is", () => b.got.some(({ text }) => text === "still here"));
    expect(b.got.filter(({ from, text }) => from === "?" && text === "garbage").length).toBe(2);
    await client.close();
  });

  test("a namesake is heard, so that membership can refuse it; the own echo is not", async () => {
    await using server = await NatsServer.start();
    const [a, twin] = [await node("a", { servers: server.url }), await node("a", { servers: server.url })];
    twin.transport.broadcast(new Uint8Array([1]));
    twin.say("a", "hello me");
    await until("a hears its twin", () => a.got.length === 2);
    expect([a.got[1], twin.got]).toEqual([{ from: "a", text: "hello me" }, []]);
  });
});
