import { natsTransport } from "@process-hub/transport-nats";
import { createHub, type Hub, hotSwap, type Transport } from "process-hub";
import { Airport } from "./airport.actor.js";
import { Saboteur } from "./saboteur.actor.js";

/** What every node is made with. */
export interface Spread {
  readonly threads: number;
  readonly transport: () => Transport;
}

/** The node that feeds the stream: where it leaves, the demo is over. */
export const mainNode = "node-1";

/** One node of the demo; of a name of its own when none is given. */
export function openNode({ threads, transport }: Spread, node?: string): Promise<Hub> {
  return createHub({
    id: "flights",
    ...(node === undefined ? {} : { node }),
    threads,
    actors: [Airport, Saboteur],
    transport: transport(),
    migration: hotSwap(),
  });
}

/** A transport to the NATS server at `url`: `host:port`, or a URL that may hold a user and a password. */
export function transportTo(url: string): Transport {
  const { protocol, host, username, password } = new URL(url.includes("://") ? url : `nats://${url}`);
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return natsTransport({ servers: `${protocol}//${host}`, ...(user === "" ? {} : { user, pass }) });
}
