/*
 * Opens one node of the demo, with or without NATS.
 * Without it the nodes of a run could be opened with different options and refuse each other.
 */
import { natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, HubError, hotSwap, type Transport } from "process-hub";
import { Airport } from "./airport.actor.js";
import { CannotStart } from "./cannot-start.js";
import { Saboteur } from "./saboteur.actor.js";

/** The options of every node. */
export interface Spread {
  readonly threads: number;
  readonly transport: () => Transport;
}

/** The name of the node that feeds the stream: when it leaves, the demo is over. */
export const mainNode = "node-1";

const id = "flights";

/** Opens a node of the demo; without a name it gets a random one. */
export function openNode({ threads, transport }: Spread, node?: string): Promise<Hub> {
  const name = node === undefined ? {} : { node };
  const actors = [Airport, Saboteur];
  const { HUB_SECRET: secret } = process.env;
  const proof = secret === undefined ? {} : { secret };
  return createHub({ id, ...name, ...proof, threads, actors, transport: transport(), migration: hotSwap() }).catch(cannotStart);
}

/** Resolves when the NATS server at `url` accepts a connection; rejects with `CannotStart`. It is asked before the work that needs it. */
export async function reach(url: string): Promise<void> {
  const transport = transportTo(url);
  await transport.open(id, "visitor", { message: () => undefined, connection: () => undefined }).catch(cannotStart);
  await transport.close();
}

function cannotStart(error: unknown): never {
  throw error instanceof HubError ? new CannotStart(error.message, { cause: error }) : error;
}

/** A transport to the NATS server at `url`: `host:port`, or a URL that may hold a user and a password. */
export function transportTo(url: string): Transport {
  const { protocol, host, username, password } = new URL(url.includes("://") ? url : `nats://${url}`);
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return natsTransport({ servers: `${protocol}//${host}`, ...(user === "" ? {} : { user, pass }) });
}
