/*
 * Works out from a transport's limit how large the messages of users and nodes may be.
 * Without it a message could pass every check and still be too large for the transport, and its link would break.
 */
import { frameHeaderBytes, HubConfigError, type Transport } from "@process-hub/protocol";

/** So many bytes a datagram has at most beside its last body. */
export const datagramBytes = 256 * 1024;
/** The bytes of a datagram beside its bodies, with room to spare. */
const linkHeaderBytes = 64 * 1024;
/** The bytes around messages in the body of a packet, a request or a record, with room to spare. */
const bodyHeaderBytes = 2 * frameHeaderBytes;
const leastBytes = 1024 * 1024;

/** The largest body that a link over a transport can carry, beside other bodies of its datagram; `Infinity` when there is no limit. */
export function maxBodyBytes({ maxBytes = Number.POSITIVE_INFINITY }: Pick<Transport, "maxBytes">): number {
  return maxBytes - datagramBytes - linkHeaderBytes;
}

/**
 * The largest message of a hub with this transport; undefined when there is no limit. Throws `HubConfigError` when the transport carries too little.
 */
export function maxMessageBytes(transport: Pick<Transport, "maxBytes">): number | undefined {
  const { maxBytes } = transport;
  if (maxBytes === undefined) return undefined;
  if (maxBytes >= leastBytes) return maxBodyBytes(transport) - bodyHeaderBytes;
  const allowed = `at least ${leastBytes}`;
  throw new HubConfigError(`createHub: transport: it carries ${maxBytes} bytes at most; give one that carries ${allowed}`, {
    path: "transport.maxBytes",
    given: String(maxBytes),
    allowed,
  });
}
