/*
 * Knows who is in the hub: greetings, heartbeats, silence and goodbyes, and one ordered link to each member.
 * Without it a node would find no others, and nobody would notice that one is gone.
 */
import {
  BoundedMap,
  type Bytes,
  type Checks,
  type Clock,
  Datagram,
  decode,
  encodePlain,
  fromWireError,
  HubClosed,
  HubConfigError,
  type HubError,
  InvalidMessage,
  type NodeCard,
  type NodeName,
  nodeLife,
  nodeLifeOf,
  nodeOf,
  type PlaceId,
  ProtocolMismatch,
  type Pulse,
  protocolVersion,
  SettingsMismatch,
  type Timer,
  type Transport,
  type TransportReceiver,
  tooLarge,
  toWireError,
} from "@process-hub/protocol";
import { differences } from "../settings/shared-settings.js";
import { maxBodyBytes } from "./message-bytes.js";
import { NodeLink } from "./node-link.js";

/** The times of membership, all in milliseconds. */
export interface MembershipTimings {
  readonly heartbeatIntervalMs: number;
  readonly suspectAfterMs: number;
  readonly downAfterMs: number;
  readonly discoveryMs: number;
  readonly linkRetryMs: number;
  readonly deliveryMs: number;
}

/** The transport and facts that membership reads, and whom it tells. */
export interface MembershipPorts {
  readonly hub: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly timings: MembershipTimings;
  /** A text that is equal on all nodes that may form one hub: see `sharedSettings`. */
  readonly settings: string;
  /** This node as it is now. */
  readonly card: () => NodeCard;
  readonly joined: (card: NodeCard) => void;
  /** A member is gone; `lost`: bodies that it never acknowledged. */
  readonly left: (card: NodeCard, reason: "left" | "down", lost: readonly Bytes[]) => void;
  readonly changed: (card: NodeCard) => void;
  /** A member knows a node that this node has never met, and greets from now on. */
  readonly heardOf?: (node: NodeName) => void;
  /** That node did not answer for as long as a member may be silent before it is down. */
  readonly notMet?: (node: NodeName) => void;
  /** A heartbeat was sent: when each member was last heard. */
  readonly beat: (nowMs: number, heardAtMs: readonly number[]) => void;
  /** The pulse to send with a heartbeat, if any. */
  readonly pulse?: (nowMs: number) => Pulse | undefined;
  /** A member's heartbeat brought its pulse. */
  readonly pulsed?: (card: NodeCard, pulse: Pulse) => void;
  readonly message: (from: NodeName, body: Bytes) => void;
  readonly badFrame: (peer: NodeName, error: unknown) => void;
  /** The transport's connection is lost, found again, or closed for good. */
  readonly connection: TransportReceiver["connection"];
}

/** How many nodes that are gone are remembered, since a greeting of theirs may still be on its way. */
const pastSize = 1_000;

interface Peer {
  card: NodeCard;
  readonly link: NodeLink;
  heardAtMs: number;
  /** When it last answered a hello. An answer was surely sent after this node asked; another datagram may be older. */
  answeredAtMs: number;
}

/**
 * Who is in the hub: hello and its answer, heartbeats, silence, leaving; and one link to each member. A node that was declared down comes
 * back by a new link. A node of a newer incarnation replaces its older one.
 */
export class Membership {
  readonly #ports: MembershipPorts;
  readonly #maxBodyBytes: number;
  readonly #peers = new Map<NodeName, Peer>();
  /** Nodes that are no members now: their last incarnation, their last link session, and whether they said goodbye. */
  readonly #past = new BoundedMap<NodeName, { readonly incarnation: string; readonly session: number; readonly left: boolean }>(
    pastSize,
  );
  /** Nodes that members know and this node has not met: their incarnation, and until when this node greets them; undefined once it has given up. */
  readonly #unmet = new BoundedMap<NodeName, { readonly incarnation: string; untilMs: number | undefined }>(pastSize, (node) =>
    this.#ports.notMet?.(node),
  );
  #sessions = 0;
  #refusedBy: (error: Error) => void = () => {};
  #timer: Timer | undefined;
  #checkedAtMs = 0;
  #state: "closed" | "joining" | "member" = "closed";

  constructor(ports: MembershipPorts) {
    this.#ports = ports;
    this.#maxBodyBytes = maxBodyBytes(ports.transport);
  }

  get peers(): NodeCard[] {
    return [...this.#peers.values()].map(({ card }) => card);
  }

  /** True for a member that has been silent for longer than `suspectAfterMs`. */
  isSuspected(node: NodeName): boolean {
    const { clock, timings } = this.#ports;
    const heardAtMs = this.#peers.get(node)?.heardAtMs;
    return heardAtMs !== undefined && clock.now() - heardAtMs > timings.suspectAfterMs;
  }

  /** When each member last answered a hello of this node. */
  get answeredAtMs(): number[] {
    return [...this.#peers.values()].map(({ answeredAtMs }) => answeredAtMs);
  }

  peer(node: NodeName): NodeCard | undefined {
    return this.#peers.get(node)?.card;
  }

  /** True when the node of a place is a member, in the life that the place is of. */
  has(place: PlaceId): boolean {
    const card = this.peer(nodeOf(place));
    return card !== undefined && nodeLife(card.node, card.incarnation) === nodeLifeOf(place);
  }

  /** Finds the other nodes. Resolves when those that answered within `discoveryMs` are members; rejects when one of them refuses this node. */
  async join(): Promise<void> {
    const { transport, hub, card, clock, timings } = this.#ports;
    this.#state = "joining";
    const refused = new Promise<never>((_, reject) => {
      this.#refusedBy = reject;
    });
    refused.catch(() => {});
    await transport.open(hub, card().node, {
      message: (from, bytes) => this.#receive(from, bytes),
      connection: (state, cause) => {
        if (state === "connected") this.#hello();
        if (state === "closed") this.#refusedBy(cause ?? new HubClosed("the transport was closed while this node joined"));
        this.#ports.connection(state, cause);
      },
    });
    this.#hello();
    const again = clock.setTimeout(() => this.#hello(), timings.discoveryMs / 2);
    const discovered = new Promise<void>((resolve) => clock.setTimeout(resolve, timings.discoveryMs));
    await Promise.race([discovered, refused]).finally(() => again.cancel());
    this.#state = "member";
    this.#checkedAtMs = clock.now();
    this.#beat();
  }

  /** Sends a body over the link to a member; false when the node is no member. Throws `InvalidMessage` for a body that is too large. */
  send(node: NodeName, body: Bytes): boolean {
    if (body.byteLength > this.#maxBodyBytes)
      throw new InvalidMessage(tooLarge(`a message to node ${node}`, body.byteLength, this.#maxBodyBytes), { node });
    const peer = this.#peers.get(node);
    peer?.link.send(body);
    return peer !== undefined;
  }

  /** Sends a heartbeat now, and not at the next interval. */
  beat(): void {
    if (this.#state !== "member") return;
    this.#timer?.cancel();
    this.#beat();
  }

  /** Says hello again with the card as it is now, so that members know of a change at once. */
  announce(): void {
    this.#hello();
  }

  /** A member sent its new card. */
  update(card: NodeCard): void {
    const peer = this.#peers.get(card.node);
    if (peer === undefined || peer.card.incarnation !== card.incarnation) return;
    peer.card = card;
    this.#ports.changed(card);
  }

  /** Declares a member down, because it does not hear this node. */
  drop(node: NodeName): void {
    this.#lose(node, "down");
  }

  /** Says goodbye, once every sent body is acknowledged or `deadlineMs` has passed. */
  async leave(deadlineMs: number): Promise<void> {
    const { clock, transport, card } = this.#ports;
    const drained = Promise.all([...this.#peers.values()].map(({ link }) => link.drained()));
    await Promise.race([drained, new Promise<void>((resolve) => clock.setTimeout(resolve, deadlineMs))]);
    const { node, incarnation } = card();
    for (const { link } of this.#peers.values()) link.acknowledge();
    transport.broadcast(encodePlain({ type: "goodbye", node, incarnation } satisfies Datagram));
    this.#state = "closed";
    this.#timer?.cancel();
    for (const { link } of this.#peers.values()) link.close();
    this.#peers.clear();
    await transport.close();
  }

  #hello(to?: NodeName, answer = false): void {
    const { hub, settings, card, transport } = this.#ports;
    const bytes = encodePlain({
      type: "hello",
      version: protocolVersion,
      hub,
      settings,
      card: card(),
      answer,
      ...(answer ? { members: this.peers.map(({ node, incarnation }) => ({ node, incarnation })) } : {}),
    } satisfies Datagram);
    if (to === undefined) transport.broadcast(bytes);
    else transport.send(to, bytes);
  }

  #receive(from: NodeName, bytes: Bytes): void {
    if (this.#state === "closed") return;
    let datagram: Datagram;
    try {
      datagram = Datagram.parse(decode(bytes));
    } catch (error) {
      this.#ports.badFrame(from, error);
      return;
    }
    if ((datagram.type === "heartbeat" || datagram.type === "goodbye") && datagram.node !== from) {
      this.#ports.badFrame(from, new Error(`a ${datagram.type} in the name of node ${datagram.node}`));
      return;
    }
    const peer = this.#peers.get(from);
    if (peer !== undefined && datagram.type !== "goodbye" && incarnationOf(datagram) === peer.card.incarnation)
      peer.heardAtMs = this.#ports.clock.now();
    switch (datagram.type) {
      case "hello":
        this.#greeted(from, datagram);
        break;
      case "refuse":
        if (this.#state === "joining") this.#refusedBy(fromWireError(datagram.error));
        break;
      case "heartbeat":
        if (peer?.card.incarnation !== datagram.incarnation) this.#hello(from);
        else if (datagram.pulse !== undefined) this.#ports.pulsed?.(peer.card, datagram.pulse);
        break;
      case "goodbye":
        if (peer?.card.incarnation === datagram.incarnation) this.#lose(from, "left");
        break;
      case "link":
        peer?.link.receive(datagram);
        break;
      default:
        datagram satisfies never;
    }
  }

  #greeted(from: NodeName, hello: Extract<Datagram, { type: "hello" }>): void {
    const { card } = hello;
    const reason = this.#misfit(from, hello);
    if (reason !== undefined) {
      this.#ports.badFrame(from, reason);
      if (!hello.answer)
        this.#ports.transport.send(
          from,
          encodePlain({ type: "refuse", card: this.#ports.card(), error: toWireError(reason) } satisfies Datagram),
        );
      else if (this.#state === "joining") this.#refusedBy(reason);
      return;
    }
    const past = this.#past.get(from);
    if (past?.left === true && past.incarnation === card.incarnation) return;
    const peer = this.#peers.get(from);
    if (peer?.card.incarnation === card.incarnation) this.update(card);
    else if (peer !== undefined && peer.card.joinedAtMs > card.joinedAtMs) return;
    else {
      if (peer !== undefined) this.#lose(from, "down");
      this.#admit(card);
    }
    const member = this.#peers.get(from);
    if (!hello.answer) this.#hello(from, true);
    else if (member !== undefined) member.answeredAtMs = this.#ports.clock.now();
    for (const other of hello.members ?? []) this.#heardOf(other.node, other.incarnation);
  }

  /** Another member knows a node that this node has not met: its answer was lost, or it is frozen. It may run actors whose ids look free here. */
  #heardOf(node: NodeName, incarnation: string): void {
    const { clock, timings, card, heardOf } = this.#ports;
    const isMet = node === card().node || this.#peers.has(node) || this.#past.get(node)?.incarnation === incarnation;
    if (isMet || this.#unmet.get(node)?.incarnation === incarnation) return;
    // Members that lose it meanwhile may notice a heartbeat later than this.
    this.#unmet.set(node, { incarnation, untilMs: clock.now() + timings.downAfterMs + timings.heartbeatIntervalMs });
    heardOf?.(node);
    this.#hello(node);
  }

  /** Greets the unmet nodes again, or gives them up. */
  #greetUnmet(nowMs: number): void {
    for (const [node, unmet] of this.#unmet) {
      if (unmet.untilMs === undefined) continue;
      if (nowMs <= unmet.untilMs) this.#hello(node);
      else {
        unmet.untilMs = undefined;
        this.#ports.checks.mark("memberNeverMet");
        this.#ports.notMet?.(node);
      }
    }
  }

  #misfit(from: NodeName, { version, hub, settings, card }: Extract<Datagram, { type: "hello" }>): HubError | undefined {
    const self = this.#ports.card().node;
    if (card.node !== from || from === self)
      return new HubConfigError(`a node named ${from} is in the hub ${hub} already: names are unique`, {
        path: "node",
        given: from,
        allowed: "a name that no other node of the hub has",
      });
    if (version !== protocolVersion) {
      return new ProtocolMismatch(
        `node ${from} speaks version ${version} of the protocol, node ${self} version ${protocolVersion}: run one version`,
        { version },
      );
    }
    if (hub !== this.#ports.hub)
      return new HubConfigError(`node ${from} belongs to the hub ${hub}, not to ${this.#ports.hub}`, { path: "id", given: hub });
    if (settings === this.#ports.settings) return undefined;
    const { theirs, ours } = differences(settings, this.#ports.settings);
    return new SettingsMismatch(
      `nodes ${from} and ${self} of hub ${hub} have different settings: ${theirs} and ${ours}: give all nodes of a hub the same`,
      { node: from, theirs, ours },
    );
  }

  #admit(card: NodeCard): void {
    const { clock, timings, transport } = this.#ports;
    const past = this.#past.get(card.node);
    this.#unmet.delete(card.node);
    this.#ports.checks.invariant(!this.#peers.has(card.node), "a member has one link", () => card.node);
    const link = new NodeLink({
      clock,
      checks: this.#ports.checks,
      self: this.#ports.card().incarnation,
      peer: card.incarnation,
      session: ++this.#sessions,
      endedSession: past?.incarnation === card.incarnation ? past.session : 0,
      retryMs: timings.linkRetryMs,
      deliveryMs: timings.deliveryMs,
      transmit: (bytes) => transport.send(card.node, bytes),
      deliver: (body) => this.#ports.message(card.node, body),
      broken: () => {
        this.#lose(card.node, "down");
        this.#hello(card.node);
      },
    });
    this.#peers.set(card.node, { card, link, heardAtMs: clock.now(), answeredAtMs: 0 });
    this.#ports.joined(card);
  }

  #lose(node: NodeName, reason: "left" | "down"): void {
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    this.#peers.delete(node);
    peer.link.close();
    this.#past.set(node, { incarnation: peer.card.incarnation, session: peer.link.peerSession, left: reason === "left" });
    this.#ports.left(peer.card, reason, peer.link.pending);
  }

  #beat(): void {
    const { clock, timings, transport, card } = this.#ports;
    const nowMs = clock.now();
    const { node, incarnation } = card();
    const pulse = this.#ports.pulse?.(nowMs);
    const heartbeat = { type: "heartbeat", node, incarnation, ...(pulse === undefined ? {} : { pulse }) } satisfies Datagram;
    transport.broadcast(encodePlain(heartbeat));
    // A pause of this node itself is not the silence of its peers: they get that time added to be heard in.
    const stallMs = nowMs - this.#checkedAtMs - timings.heartbeatIntervalMs;
    this.#checkedAtMs = nowMs;
    for (const [name, peer] of [...this.#peers]) {
      if (stallMs > timings.heartbeatIntervalMs) peer.heardAtMs += stallMs;
      if (nowMs - peer.heardAtMs > timings.downAfterMs) this.#lose(name, "down");
    }
    this.#greetUnmet(nowMs);
    this.#ports.beat(
      nowMs,
      [...this.#peers.values()].map(({ heardAtMs }) => heardAtMs),
    );
    this.#timer = clock.setTimeout(() => this.#beat(), timings.heartbeatIntervalMs);
  }
}

function incarnationOf(datagram: Datagram): string {
  switch (datagram.type) {
    case "hello":
    case "refuse":
      return datagram.card.incarnation;
    case "link":
      return datagram.from;
    default:
      return datagram.incarnation;
  }
}
