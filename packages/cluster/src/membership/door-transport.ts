/*
 * A transport whose inner transport can be exchanged while its hub goes on.
 * Without it a node could not take another name: a transport is open for one name.
 */
import { type Bytes, HubClosed, type NodeName, type Transport, type TransportReceiver } from "@process-hub/protocol";

/** A transport that can lead to another one while its user goes on. */
export class DoorTransport implements Transport {
  readonly maxBytes: number | undefined;
  readonly isPrivate: boolean | undefined;
  #behind: Transport;
  #opened: { readonly hub: string; readonly node: NodeName; readonly receiver: TransportReceiver } | undefined;

  /** The second argument: what holds for every transport it will lead to. */
  constructor(behind: Transport, { maxBytes, isPrivate }: Pick<Transport, "maxBytes" | "isPrivate"> = behind) {
    this.#behind = behind;
    this.maxBytes = maxBytes;
    this.isPrivate = isPrivate;
  }

  async open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    await this.#behind.open(hub, node, receiver);
    this.#opened = { hub, node, receiver };
  }

  /** Closes the transport behind it, and opens another in its place for the same user. Rejects when that one cannot be opened. */
  async lead(to: Transport): Promise<void> {
    if (this.#opened === undefined) throw new HubClosed("this transport is not open");
    const { hub, node, receiver } = this.#opened;
    await this.#behind.close();
    this.#behind = to;
    await to.open(hub, node, receiver);
  }

  broadcast(bytes: Bytes): void {
    this.#behind.broadcast(bytes);
  }

  send(to: NodeName, bytes: Bytes): void {
    this.#behind.send(to, bytes);
  }

  close(): Promise<void> {
    this.#opened = undefined;
    return this.#behind.close();
  }
}
