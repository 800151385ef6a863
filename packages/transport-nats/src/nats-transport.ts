import { type Msg, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import {
  type Bytes,
  type Clock,
  HubConfigError,
  NodeName,
  type Random,
  realClock,
  realRandom,
  type Transport,
  type TransportReceiver,
} from "@process-hub/protocol";
import type { z } from "zod";
import { Assembly } from "./assembly.js";
import { asHubError, type Caller, connectNats, withinConnectTimeout } from "./connect-nats.js";
import { Framer, maxHeaderBytes, parseFrame } from "./frame.js";
import { type NatsOptions, parseNatsOptions } from "./nats-options.js";
import { Outflow } from "./outflow.js";
import { type Subjects, subjectsOf } from "./subjects.js";

/** What `natsTransport` takes: the servers and what they ask of a client. All have defaults. */
export type NatsTransportOptions = z.input<typeof NatsOptions>;

/** The name under which garbage is reported; no node can bear it. */
const nobody = "?";
const assemblyLimits = { maxBytes: 256 * 1024 * 1024, maxAgeMs: 10_000 };
/** A payload finds room beside what else is on its way to the server, and beside those of several other peers where it arrives. */
const maxBytesOf = ({ maxUnsentBytes }: NatsOptions): number =>
  Math.floor(Math.min(maxUnsentBytes / 2, assemblyLimits.maxBytes / 4));
const closeTimeoutMs = 1_000;

/**
 * A transport for one hub over NATS. `open` rejects with `HubConfigError` (credentials, permissions, TLS) or `NodeDown` (no server
 * answers) within `connectTimeoutMs`; after it the client reconnects for ever, and what is sent meanwhile is dropped.
 * It carries payloads of up to half of `maxUnsentBytes`, and 64 MiB at most; without options 32 MiB: a hub refuses what is larger at its source.
 * Whoever may publish on its subjects reaches the nodes: give `createHub` a `secret`, and the server permissions (docs/security.md).
 * Without it nodes on several machines could not meet.
 *
 * @throws HubConfigError for a wrong option, with `path`, `given` and `allowed`
 */
export function natsTransport(options: NatsTransportOptions = {}): Transport {
  return new NatsTransport(parseNatsOptions(options), realClock, realRandom);
}

/** One opening: what is there from the first connection to the close. */
interface Session {
  readonly connection: NatsConnection;
  readonly framer: Framer;
  readonly subjects: Subjects;
  readonly outflow: Outflow;
  connected: boolean;
}

class NatsTransport implements Transport {
  readonly maxBytes: number;
  readonly #options: NatsOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #caller: Caller;
  #used = false;
  #opening: Promise<void> | undefined;
  #session: Session | undefined;
  #closed = false;

  constructor(options: NatsOptions, clock: Clock, random: Random) {
    this.#options = options;
    this.maxBytes = maxBytesOf(options);
    this.#clock = clock;
    this.#random = random;
    this.#caller = {
      name: "natsTransport",
      path: "transport",
      permissions: `publish and subscribe on ${options.subjectPrefix}.>`,
    };
  }

  open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    if (this.#used)
      return Promise.reject(
        new HubConfigError("this transport is in use: make one with natsTransport for each hub", { path: "transport" }),
      );
    this.#used = true;
    this.#closed = false;
    this.#opening = this.#open(hub, node, receiver);
    return this.#opening;
  }

  broadcast(bytes: Bytes): void {
    if (this.#session !== undefined) this.#publish(this.#session, this.#session.subjects.all, bytes);
  }

  send(to: NodeName, bytes: Bytes): void {
    if (this.#session !== undefined) this.#publish(this.#session, this.#session.subjects.node(to), bytes);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await this.#end(session);
    this.#used = false;
  }

  async #end({ connection, connected }: Session): Promise<void> {
    const late = new Promise<void>((resolve) => this.#clock.setTimeout(resolve, closeTimeoutMs));
    if (connected) await Promise.race([connection.flush().catch(() => {}), late]);
    await connection.close();
  }

  async #open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    const name = NodeName.safeParse(node);
    if (!name.success) throw new HubConfigError(`natsTransport: ${name.error.issues[0]?.message}`, { path: "node", given: node });
    const subjects = subjectsOf(this.#options.subjectPrefix, hub);
    const connection = await connectNats(this.#options, this.#clock, `process-hub ${hub} ${node}`.slice(0, 200), this.#caller);
    const life = this.#random.id();
    const outflow = new Outflow(connection, this.#options.maxUnsentBytes);
    const session = { connection, framer: new Framer(node, life), subjects, outflow, connected: true };
    const lost = this.#follow(session, receiver);
    try {
      assertRoomFor(connection);
      const take = this.#taker(session, life, receiver);
      const callback = (error: Error | null, message: Msg): void => {
        if (error === null) take(message.data);
      };
      // The server refuses what this user may not do before it answers the flush.
      for (const subject of [subjects.all, subjects.node(node)]) {
        connection.subscribe(subject, { callback });
        connection.publish(subject);
      }
      const refused = lost.then((cause) => Promise.reject(cause));
      // Twice: a refusal is told by way of an iterator, which is a few steps behind the answer.
      const answered = connection.flush().then(() => connection.flush());
      await withinConnectTimeout(Promise.race([answered, refused]), this.#options, this.#clock, this.#caller);
    } catch (error) {
      await connection.close();
      throw asHubError(error, this.#options, this.#caller);
    }
    if (this.#closed) return connection.close();
    this.#session = session;
    void lost.then((cause) => {
      if (this.#session === session) receiver.connection("closed", asHubError(cause, this.#options, this.#caller));
    });
  }

  /** Tells the receiver of the connection. Resolves with the reason when it is closed and will not come back. */
  async #follow(session: Session, receiver: TransportReceiver): Promise<unknown> {
    const { connection } = session;
    let forbidden: Error | undefined;
    for await (const status of connection.status()) {
      if (status.type === "error" && status.error instanceof PermissionViolationError) {
        forbidden ??= status.error;
        void connection.close();
      }
      if (status.type !== "disconnect" && status.type !== "reconnect") continue;
      session.connected = status.type === "reconnect";
      if (this.#session === session) receiver.connection(session.connected ? "connected" : "disconnected");
    }
    return forbidden ?? (await connection.closed()) ?? new Error("the connection was closed");
  }

  #publish({ connection, framer, outflow, connected }: Session, subject: string, bytes: Bytes): void {
    // Nothing is kept for later: links send again, and membership says hello when the way is back.
    if (!connected || connection.isClosed()) return;
    if (!outflow.admits(bytes.length)) return;
    for (const frame of framer.frames(bytes, maxPayload(connection))) connection.publish(subject, frame);
  }

  /** Takes what comes on our subjects; whatever it is, nothing is thrown into the client. */
  #taker(session: Session, life: string, receiver: TransportReceiver): (data: Uint8Array) => void {
    const assembly = new Assembly(this.#clock, assemblyLimits);
    return (data) => {
      // Nothing at all is a node that asks the server whether it may publish here.
      if (this.#session !== session || data.length === 0) return;
      assembly.expire();
      const frame = parseFrame(data);
      if (frame === undefined) return deliver(receiver, nobody, data);
      if (frame.life === life) return;
      const { from, piece } = frame;
      const bytes = piece === undefined ? frame.bytes : assembly.add(from, { ...frame, piece });
      if (bytes !== undefined) deliver(receiver, from, bytes);
    };
  }
}

/** Keeps an error of the receiver out of the client's callback, where it would end the reading of the socket. */
function deliver(receiver: TransportReceiver, from: NodeName, bytes: Bytes): void {
  try {
    receiver.message(from, bytes);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function maxPayload(connection: NatsConnection): number {
  return connection.info?.max_payload ?? 1024 * 1024;
}

function assertRoomFor(connection: NatsConnection): void {
  const max = maxPayload(connection);
  if (max >= 2 * maxHeaderBytes) return;
  const allowed = `at least ${2 * maxHeaderBytes}`;
  throw new HubConfigError(`natsTransport: the server's max_payload is ${max} bytes; set it to ${allowed}`, {
    path: "transport",
    given: String(max),
    allowed,
  });
}
