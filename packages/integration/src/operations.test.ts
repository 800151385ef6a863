import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@process-hub/protocol/testing";
import { natsLease, natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, hotSwap } from "process-hub";
import { expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsServer } from "./fixtures/nats-server.js";
import { Player } from "./fixtures/player.actor.js";
import { TcpProxy } from "./fixtures/tcp-proxy.js";

const page = readFileSync(join(import.meta.dirname, "../../..", "docs/operations.md"), "utf8");
const password = "a long password";

/** The first block of the page in that language. */
function block(language: string): string {
  const text = page.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  if (text === undefined) throw new Error(`docs/operations.md has no block of ${language}`);
  return text;
}

/** The page's three servers, all on this machine; each finds the others by way of a proxy, since its own port is free when it starts. */
async function servers(folder: string, ways: readonly TcpProxy[]): Promise<NatsServer[]> {
  const local = (text: string): string => text.replaceAll(/DNS:(\S+)\\n/g, "DNS:localhost,IP:127.0.0.1\\n");
  execFileSync("bash", ["-euc", local(block("sh"))], { cwd: folder, stdio: "ignore" });
  const configs = ways.map((_, i) =>
    block("conf")
      .replaceAll("$NATS_PASSWORD", JSON.stringify(password))
      .replaceAll("/var/lib/nats", "$FOLDER/jetstream")
      .replaceAll(/nats-(\d)\.example:6222/g, (_, name) => `127.0.0.1:${ways[Number(name) - 1]?.port}`)
      .replace("0.0.0.0:6222", "127.0.0.1:-1")
      .replace("0.0.0.0:4222", "127.0.0.1:-1")
      .replaceAll("nats-1", `nats-${i + 1}`)
      .replaceAll("/etc/nats", folder),
  );
  const running = await Promise.all(configs.map((config) => NatsServer.start(config)));
  for (const [i, way] of ways.entries()) way.target = running[i]?.clusterPort;
  return running;
}

describeNats("docs/operations.md", () => {
  test("its certificates, servers and options make a cluster, which a server may leave and a node be replaced in", {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "process-hub-operations-"));
    const ways = [await TcpProxy.start(), await TcpProxy.start(), await TcpProxy.start()];
    const running = await servers(folder, ways);
    const urls = running.map(({ url }) => url);
    const nats = { servers: urls, user: "hub", pass: password, tls: { caFile: join(folder, "ca.crt") } };
    const open = (node: string): Promise<Hub> => {
      const partitionTolerance = natsLease({ ...nats, replicas: 3, ttlMs: 5_000 });
      const options = { id: "shop", node, threads: 1, actors: [Player], migration: hotSwap(), partitionTolerance };
      return createHub({ ...options, transport: natsTransport(nats) });
    };
    const hubs: Hub[] = [];
    try {
      for (const node of ["a", "b", "c"]) hubs.push(await open(node));
      await until("all serve", () => hubs.every((hub) => !hub.isPartitioned() && hub.nodes().length === 2), 60_000);
      const ids = Array.from({ length: 9 }, (_, i) => `p-${i}`);
      for (const id of ids) await (await hubs[0]?.start(Player, { id }))?.ask("add", { by: 3 });
      await expect(createHub({ id: "shop", transport: natsTransport({ ...nats, pass: "wrong" }) })).rejects.toMatchObject({
        code: "HubConfigError",
      });
      for (const node of ["a", "b", "c"]) {
        await hubs.shift()?.close();
        hubs.push(await open(node));
        await until(`${node} is back`, () => hubs.every((hub) => !hub.isPartitioned() && hub.nodes().length === 2), 60_000);
      }
      for (const id of ids) expect(await hubs[0]?.ref(Player, id).ask("read")).toBe(3);
      await running[0]?.kill();
      await until(
        "all serve without a server",
        async () => {
          const answers = await Promise.all(ids.map((id) => hubs[1]?.ref(Player, id).ask("add", { by: 0 })));
          return hubs.every((hub) => !hub.isPartitioned()) && answers.length === ids.length;
        },
        60_000,
      );
    } finally {
      await Promise.all(hubs.map((hub) => hub.close()));
      for (const way of ways) way.close();
      await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
