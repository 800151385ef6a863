/*
 * Starts a NATS server for one run of the demo.
 * Without it a demo of several processes would need a server set up by hand.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotStart } from "./cannot-start.js";
import { until } from "./until.js";

/** A NATS server for one run, on a loopback port that the system chooses. */
export interface NatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `nats-server` (from NATS_SERVER_BIN, or the PATH); rejects with what to do when there is none. */
export async function startNatsServer(): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), "process-hub-demo-"));
  const binary = process.env.NATS_SERVER_BIN ?? "nats-server";
  const path = `${process.env.PATH ?? ""}:/usr/sbin`;
  const args = ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder];
  // In a group of its own: Ctrl-C is for the demo, which stops it last.
  const server = spawn(binary, args, { stdio: "ignore", detached: true, env: { ...process.env, PATH: path } });
  let failed: Error | undefined;
  server.once("error", (error) => {
    failed = new CannotStart(`${binary} does not run (${error.message}): install it, or name it by NATS_SERVER_BIN`);
  });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()).once("error", () => resolve()));
  // In case the demo ends without stopping the server.
  const kill = () => void server.kill();
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let url = "";
  try {
    await until(
      "nats-server is ready",
      async () => (failed === undefined ? (url = await urlIn(folder, server.pid)) !== "" : true),
      10_000,
    );
    if (failed !== undefined) throw failed;
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** The address in the file that the server writes when it is ready; empty before. */
async function urlIn(folder: string, pid: number | undefined): Promise<string> {
  try {
    const ports = JSON.parse(await readFile(join(folder, `nats-server_${pid}.ports`), "utf8")) as { nats: string[] };
    return ports.nats[0] ?? "";
  } catch {
    return "";
  }
}
