/*
 * A transport whose datagrams prove that a member sent them, in this life and for this node, and count once.
 * Without it whoever may publish on the network could speak as any node of the hub.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import {
  BoundedMap,
  type Bytes,
  type Clock,
  type Incarnation,
  type NodeName,
  type Transport,
  type TransportReceiver,
  Unauthenticated,
} from "@process-hub/protocol";
import { ReplayWindow } from "./replay-window.js";

/** The transport and secrets of one life of a node, and whom it tells. */
export interface AuthenticationPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  /** This life of the node: a secret proves nothing about another one. */
  readonly life: Incarnation;
  /** The first seals; each opens. None: datagrams travel as they are. */
  readonly secrets: readonly string[];
  readonly badFrame: (peer: NodeName, error: unknown) => void;
}

/** Begins what is no plain datagram: MessagePack never uses this byte. */
const mark = 0xc1;
const sealedKind = 1;
/** Tells a node that its datagrams are not believed here. */
const notice = new Uint8Array([mark, 0]);
const macBytes = 16;
const numberBytes = 8;
/** A life that says something is remembered; one that was silent for longer than this many others is not. */
const livesSize = 10_000;
/** How often one node is told that it is not believed. */
const noticeEveryMs = 1_000;

/**
 * Seals what it sends with HMAC-SHA-256 over the hub, the sender and its life, the receiver, the datagram's number and its bytes; drops what
 * is not sealed so, and what comes twice. The cost is one digest a datagram, and a datagram carries a batch of messages.
 *
 *     mark (1 byte)  kind (1)  length of the life (1)  life  number (8)  code (16)  bytes
 *
 * Source: RFC 2104, truncated as its section 5 allows.
 */
export class AuthenticatedTransport implements Transport {
  /** That of the transport: what a seal adds is less than links leave free for their headers (`message-bytes.ts`). */
  readonly maxBytes: number | undefined;
  readonly #ports: AuthenticationPorts;
  readonly #keys: readonly KeyObject[];
  readonly #life: Buffer;
  readonly #windows = new BoundedMap<string, ReplayWindow>(livesSize);
  readonly #noticed = new BoundedMap<NodeName, number>(livesSize);
  #self: { readonly hub: string; readonly node: NodeName } = { hub: "", node: "" };
  #number = 0;
  #strangers: Unauthenticated | undefined;

  constructor(ports: AuthenticationPorts) {
    this.#ports = ports;
    this.maxBytes = ports.transport.maxBytes;
    this.#life = Buffer.from(ports.life, "latin1");
    this.#keys = ports.secrets.map((secret) => createSecretKey(secret, "utf8"));
  }

  /** Whether there are nodes here whose secret is another one, as far as this node has heard; undefined: it has heard of none. */
  get strangers(): Unauthenticated | undefined {
    return this.#strangers;
  }

  async open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    this.#self = { hub, node };
    await this.#ports.transport.open(hub, node, {
      message: (from, bytes) => this.#receive(from, bytes, receiver),
      connection: (state, cause) => receiver.connection(state, cause),
    });
  }

  broadcast(bytes: Bytes): void {
    this.#ports.transport.broadcast(this.#sealed("", bytes));
  }

  send(to: NodeName, bytes: Bytes): void {
    this.#ports.transport.send(to, this.#sealed(to, bytes));
  }

  close(): Promise<void> {
    return this.#ports.transport.close();
  }

  /** `to`: empty for all nodes, which is no node's name. */
  #sealed(to: NodeName, bytes: Bytes): Bytes {
    const [key] = this.#keys;
    if (key === undefined) return bytes;
    const numberAt = 3 + this.#life.length;
    const header = numberAt + numberBytes;
    const sealed = Buffer.allocUnsafe(header + macBytes + bytes.length);
    sealed[0] = mark;
    sealed[1] = sealedKind;
    sealed[2] = this.#life.length;
    sealed.set(this.#life, 3);
    sealed.writeDoubleBE(++this.#number, numberAt);
    const code = this.#code(key, this.#self.node, to, sealed.subarray(0, header), bytes);
    code.copy(sealed, header, 0, macBytes);
    sealed.set(bytes, header + macBytes);
    return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length);
  }

  #code(key: KeyObject, from: NodeName, to: NodeName, header: Uint8Array, bytes: Uint8Array): Buffer {
    const names = `process-hub\n${this.#self.hub}\n${from}\n${to}\n`;
    return createHmac("sha256", key).update(names).update(header).update(bytes).digest();
  }

  #receive(from: NodeName, data: Bytes, receiver: TransportReceiver): void {
    const isMarked = data[0] === mark;
    if (isMarked && data.length === notice.length && data[1] === notice[1]) this.#toldUnproven(from);
    else if (this.#keys.length === 0 && !isMarked) receiver.message(from, data);
    else if (this.#keys.length === 0) this.#unproven(from, `node ${from} proves itself with a secret, and this node has none`);
    else {
      const bytes = isMarked ? this.#opened(from, data) : undefined;
      if (bytes === undefined)
        this.#unproven(from, `node ${from} does not prove that it belongs to the hub: it has another secret, or none`);
      else if (bytes !== "again") receiver.message(from, bytes);
    }
  }

  /** The bytes of a datagram that is proven; "again" for one that has come before; undefined for any other. */
  #opened(from: NodeName, data: Bytes): Bytes | "again" | undefined {
    const lifeLength = data[2] ?? 0;
    const header = 3 + lifeLength + numberBytes;
    if (data[1] !== sealedKind || data.length < header + macBytes) return undefined;
    const code = data.subarray(header, header + macBytes);
    const bytes = data.subarray(header + macBytes);
    const proves = (key: KeyObject, to: NodeName): boolean =>
      timingSafeEqual(this.#code(key, from, to, data.subarray(0, header), bytes).subarray(0, macBytes), code);
    if (!this.#keys.some((key) => proves(key, this.#self.node) || proves(key, ""))) return undefined;
    const view = new DataView(data.buffer, data.byteOffset, header);
    const life = `${from} ${Buffer.from(data.subarray(3, 3 + lifeLength)).toString("latin1")}`;
    const window = this.#windows.get(life) ?? new ReplayWindow();
    this.#windows.set(life, window);
    return window.accepts(view.getFloat64(3 + lifeLength)) ? bytes : "again";
  }

  #unproven(from: NodeName, text: string): void {
    const { clock, transport, badFrame } = this.#ports;
    const error = this.#stranger(from, text);
    badFrame(from, error);
    const nowMs = clock.now();
    if (nowMs - (this.#noticed.get(from) ?? Number.NEGATIVE_INFINITY) < noticeEveryMs) return;
    this.#noticed.set(from, nowMs);
    transport.send(from, notice);
  }

  #toldUnproven(from: NodeName): void {
    const has = this.#keys.length === 0 ? "this node has no secret" : "it has another secret, or none";
    this.#stranger(from, `node ${from} does not believe that this node belongs to the hub: ${has}`);
  }

  #stranger(from: NodeName, text: string): Unauthenticated {
    const error = new Unauthenticated(`${text}: give all nodes of a hub the same \`secret\``, { node: from });
    this.#strangers ??= error;
    return error;
  }
}
