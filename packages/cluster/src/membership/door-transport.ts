import { type Bytes, HubClosed, type NodeName, type Transport, type TransportReceiver } from "@process-hub/protocol";

/** A transport that can be exchanged for another while its user goes on. */
export class DoorTransport implements Transport {
  readonly maxBytes: number | undefined;
  #behind: Transport;
  #opened: { readonly hub: string; readonly node: NodeName; readonly receiver: TransportReceiver } | undefined;

  /** `maxBytes`: of all that it will lead to. */
  constructor(behind: Transport, { maxBytes }: Pick<Transport, "maxBytes"> = behind) {
    this.#behind = behind;
    this.maxBytes = maxBytes;
  }

  async open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    await this.#behind.open(hub, node, receiver);
    this.#opened = { hub, node, receiver };
  }

  /** Closes what is behind it, and opens another in its place, for the same user. Rejects when that cannot be opened. */
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
