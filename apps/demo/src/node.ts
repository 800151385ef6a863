import { natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, HubError, hotSwap, type Transport } from "process-hub";
import { Airport } from "./airport.actor.js";
import { CannotStart } from "./cannot-start.js";
import { Saboteur } from "./saboteur.actor.js";

/** What every node is made with. */
export interface Spread {
  readonly threads: number;
  readonly transport: () => Transport;
}

/** The node that feeds the stream: where it leaves, the demo is over. */
export const mainNode = "node-1";

const id = "flights";

/** One node of the demo; of a name of its own when none is given. */
export function openNode({ threads, transport }: Spread, node?: string): Promise<Hub> {
  const name = node === undefined ? {} : { node };
  const actors = [Airport, Saboteur];
  return createHub({ id, ...name, threads, actors, transport: transport(), migration: hotSwap() }).catch(cannotStart);
}

/** Resolves when the NATS server at `url` takes us; rejects with `CannotStart`. It is asked before the work that needs it. */
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
