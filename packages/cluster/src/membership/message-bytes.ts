import { frameHeaderBytes, HubConfigError, type Transport } from "@process-hub/protocol";

/** A link gathers bodies for a datagram up to this; the one that passes it is the last. */
export const datagramBytes = 256 * 1024;
/** What a datagram says beside its bodies, with room to spare. */
const linkHeaderBytes = 64 * 1024;
/** What stands around messages in the body of a packet, a request or a record, with room to spare. */
const bodyHeaderBytes = 2 * frameHeaderBytes;
const leastBytes = 1024 * 1024;

/** The largest body that a link over a transport can bring across, with all that may travel with it; `Infinity` when there is no limit. */
export function maxBodyBytes({ maxBytes = Number.POSITIVE_INFINITY }: Pick<Transport, "maxBytes">): number {
  return maxBytes - datagramBytes - linkHeaderBytes;
}

/** The largest message of a hub with this transport; undefined when there is no limit. Throws `HubConfigError` for one that carries too little. */
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
