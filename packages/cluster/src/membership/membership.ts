/*
 * Knows who is in the hub: greetings, heartbeats, silence and goodbyes, and one ordered link to each member.
 * Without it a node would find no others, and nobody would notice that one is gone.
 */
import {
  after,
  BoundedMap,
  type Bytes,
  type Checks,
  type Clock,
  Datagram,
  decode,
  encodePlain,
  type Hello,
  HubClosed,
  type HubError,
  InvalidMessage,
  instant,
  type NodeCard,
  type NodeName,
  nodeLife,
  nodeLifeOf,
  nodeOf,
  type PlaceId,
  type Pulse,
  passedMs,
  protocolVersion,
  type Timer,
  type Transport,
  type TransportReceiver,
  tooLarge,
} from "@process-hub/protocol";
import type { SharedSettings } from "../settings/shared-settings.js";
import { Greeter, isLater, lifeOf, type NodeLife, type OwnCard } from "./greeter.js";
import { maxBodyBytes } from "./message-bytes.js";
import { Namesakes } from "./namesakes.js";
import { NodeLink } from "./node-link.js";
import { misfit, Refusals } from "./refusals.js";
import { UnmetNodes } from "./unmet-nodes.js";

/** The times of membership, all in milliseconds. */
export interface MembershipTimings {
  readonly heartbeatIntervalMs: number;
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
  /** What must be equal on all nodes of the hub. */
  readonly settings: SharedSettings;
  /** This node as it is now. */
  readonly card: () => OwnCard;
  readonly joined: (card: NodeCard) => void;
  /** A member is gone; `lost`: bodies that it never acknowledged. */
  readonly left: (card: NodeCard, reason: "left" | "down", lost: readonly Bytes[]) => void;
  /** This node leaves; `lost`: bodies that a member has not acknowledged. */
  readonly parted: (node: NodeName, lost: readonly Bytes[]) => void;
  readonly changed: (card: NodeCard) => void;
  /** A member knows a node that this node has never met, and greets from now on. */
  readonly heardOf?: (node: NodeName, incarnation: string) => void;
  /** That life of it did not answer for as long as a member may be silent before it is down. */
  readonly notMet?: (node: NodeName, incarnation: string) => void;
  /** A heartbeat was sent: when each member was last heard. */
  readonly beat: (nowMs: number, heardAtMs: readonly number[]) => void;
  /** The pulse to send with a heartbeat, if any. */
  readonly pulse?: (nowMs: number) => Pulse | undefined;
  /** A member's heartbeat brought its pulse. */
  readonly pulsed?: (card: NodeCard, pulse: Pulse) => void;
  readonly message: (from: NodeName, body: Bytes) => void;
  readonly badFrame: (peer: NodeName, error: unknown) => void;
  /** Why other nodes do not believe this one, or it does not believe them, if that is so. */
  readonly strangers?: () => HubError | undefined;
  /** The transport's connection is lost, found again, or closed for good. */
  readonly connection: TransportReceiver["connection"];
  /** Another life of this node's name has taken its place: this one is no member any more, and must end. */
  readonly replaced: (by: NodeLife) => void;
}

/** How many nodes that are gone are remembered, since a greeting of theirs may still be on its way. */
const pastSize = 1_000;

/** How many times as often as by its own setting a node sends heartbeats at most, for the sake of others; and gives a link up sooner. */
const mostHaste = 10;

interface Peer {
  card: NodeCard;
  readonly link: NodeLink;
  heardAtMs: number;
  /** The number of its last heartbeat: an earlier one is late, and no sign of life. */
  beat: number;
  /** When the latest question was asked that it has answered: it lived after that. Any other datagram may be older. */
  answeredAtMs: number;
}

interface Past extends NodeLife {
  /** The number of its last session. */
  readonly session: number;
  /** Whether it said goodbye. */
  readonly left: boolean;
  readonly lostAtMs: number;
}

/**
 * Who is in the hub: hello and its answer, heartbeats, silence, leaving; and one link to each member. A node that was declared down comes
 * back by a new link.
 *
 * A node is let in for its answer to a question of this node, and not for a greeting, which may come late, from a life that has ended. Of
 * two lives of one name the one of the higher generation is the member; the other one is told so, and ends. Generations begin at the wall
 * clock, so that they differ, and rise above those that the others know of, so that no clock decides.
 */
export class Membership {
  readonly #ports: MembershipPorts;
  readonly #maxBodyBytes: number;
  readonly #peers = new Map<NodeName, Peer>();
  /** Nodes that are no members now: the last life of each name. */
  readonly #past = new BoundedMap<NodeName, Past>(pastSize);
  /** Lives after which this node has met a later one of their name. */
  readonly #replacedLives = new BoundedMap<string, true>(pastSize);
  readonly #unmet: UnmetNodes;
  readonly #greeter: Greeter;
  readonly #namesakes: Namesakes;
  readonly #refusals: Refusals;
  #sessions = 0;
  #beats = 0;
  #refusedBy: (error: Error) => void = () => {};
  #timer: Timer | undefined;
  #checkedAtMs = 0;
  /** The time from the last heartbeat to the next. */
  #beatInMs = 0;
  #state: "closed" | "joining" | "member" = "closed";

  constructor(ports: MembershipPorts) {
    this.#ports = ports;
    this.#maxBodyBytes = maxBodyBytes(ports.transport);
    this.#greeter = new Greeter({ ...ports, answerWithinMs: ports.timings.downAfterMs });
    const { hub, settings, card, clock, checks, timings, badFrame, heardOf, notMet } = ports;
    this.#refusals = new Refusals({
      ...{ greeter: this.#greeter, badFrame },
      side: () => ({ hub, settings, node: card().node, incarnation: card().incarnation }),
      refused: (error) => {
        if (this.#state === "joining") this.#refusedBy(error);
      },
    });
    this.#unmet = new UnmetNodes({
      ...{ clock, checks, greeter: this.#greeter },
      patienceMs: timings.downAfterMs + timings.heartbeatIntervalMs,
      heardOf: (node, incarnation) => heardOf?.(node, incarnation),
      notMet: (node, incarnation) => notMet?.(node, incarnation),
    });
    this.#namesakes = new Namesakes({
      greeter: this.#greeter,
      joining: () => this.#state === "joining",
      refuse: (card, asks) => this.#refusals.namesake(card, asks),
      replaced: (by) => this.#replaced(by),
    });
  }

  /** This node's card, numbered: a later one is newer. */
  newCard(): NodeCard {
    return this.#greeter.newCard();
  }

  /** True when another node may have let this one in for an older card than that of now. */
  get hasNewCard(): boolean {
    const { downAfterMs, deliveryMs } = this.#ports.timings;
    return this.#greeter.changedWithin(downAfterMs + deliveryMs);
  }

  get peers(): NodeCard[] {
    return [...this.#peers.values()].map(({ card }) => card);
  }

  /** For each member, when the latest question was asked that it has answered. */
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

  /**
   * Finds the other nodes. Resolves when those that answered within `discoveryMs` are members; rejects when one of them refuses this node, or
   * when those that are there have another secret.
   */
  async join(): Promise<void> {
    const { transport, hub, card, clock } = this.#ports;
    this.#state = "joining";
    const refused = new Promise<never>((_, reject) => {
      this.#refusedBy = reject;
    });
    refused.catch(() => {});
    await transport.open(hub, card().node, {
      message: (from, bytes) => this.#receive(from, bytes),
      connection: (state, cause) => {
        if (state === "connected") this.#greeter.hello();
        if (state === "closed") this.#refusedBy(cause ?? new HubClosed("the transport was closed while this node joined"));
        this.#ports.connection(state, cause);
      },
    });
    let isOver = false;
    const introduced = async (): Promise<void> => {
      while (!(await this.#introduces(() => isOver)));
    };
    await Promise.race([introduced(), refused]).finally(() => {
      isOver = true;
    });
    const strangers = this.#ports.strangers?.();
    if (strangers !== undefined && this.#peers.size === 0) throw strangers;
    this.#state = "member";
    this.#checkedAtMs = clock.now();
    this.#beat();
  }

  /**
   * Greets all. Half of `discoveryMs` is for another node of this name to speak up; after it this node claims the name, and hears of the
   * others for the other half. False when it stood still for as long as a half: meanwhile a namesake may have come, and heard nothing of it.
   */
  async #introduces(isOver: () => boolean): Promise<boolean> {
    const { clock, timings } = this.#ports;
    const halfMs = timings.discoveryMs / 2;
    const stoodStill = async (): Promise<boolean> => {
      const since = instant(clock);
      await after(clock, halfMs);
      return passedMs(since, instant(clock)) >= 2 * halfMs;
    };
    this.#greeter.renounce();
    this.#greeter.hello();
    if ((await stoodStill()) && !isOver()) return false;
    if (isOver()) return true;
    this.#namesakes.claimName();
    return !(await stoodStill()) || isOver();
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
    if (this.#state !== "closed") this.#greeter.hello();
  }

  /** A member sent its card. An older one than this node has changes nothing. */
  update(from: NodeName, card: NodeCard): void {
    const peer = this.#peers.get(from);
    if (card.node !== from) this.#ports.badFrame(from, new Error(`a card of node ${card.node}`));
    else if (peer?.card.incarnation === card.incarnation && peer.card.number < card.number) {
      peer.card = card;
      this.#ports.changed(card);
    }
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
    for (const [peer, { link }] of this.#peers) {
      link.close();
      this.#ports.parted(peer, link.pending);
    }
    this.#peers.clear();
    await transport.close();
  }

  #receive(from: NodeName, bytes: Bytes): void {
    if (this.#state === "closed") return;
    let whole: unknown;
    let datagram: Datagram;
    try {
      whole = decode(bytes);
      datagram = Datagram.parse(whole);
    } catch (error) {
      this.#refusals.unreadable(from, whole, error);
      return;
    }
    if ((datagram.type === "heartbeat" || datagram.type === "goodbye" || datagram.type === "refuse") && datagram.node !== from) {
      this.#ports.badFrame(from, new Error(`a ${datagram.type} in the name of node ${datagram.node}`));
      return;
    }
    const peer = this.#peers.get(from);
    switch (datagram.type) {
      case "hello":
        if (datagram.version !== protocolVersion) this.#refusals.unreadable(from, datagram, undefined);
        else this.#greeted(from, datagram);
        break;
      case "refuse":
        this.#refusals.heard(from, datagram);
        break;
      case "heartbeat":
        if (peer?.card.incarnation !== datagram.incarnation) this.#greetStray(from, datagram.incarnation);
        else if (datagram.number > peer.beat) {
          peer.beat = datagram.number;
          peer.heardAtMs = this.#ports.clock.now();
          if (datagram.pulse !== undefined) this.#ports.pulsed?.(peer.card, datagram.pulse);
        }
        break;
      case "goodbye":
        if (peer?.card.incarnation === datagram.incarnation) this.#lose(from, "left");
        break;
      case "link":
        if (peer?.card.incarnation === datagram.from) peer.heardAtMs = this.#ports.clock.now();
        peer?.link.receive(datagram);
        break;
      default:
        datagram satisfies never;
    }
  }

  /** A life that is no member sends heartbeats: it may not know that it is none. */
  #greetStray(from: NodeName, incarnation: string): void {
    const namesake = this.#laterLife(from, incarnation);
    this.#greeter.greet(from, { to: incarnation, asks: true, ...(namesake === undefined ? {} : { namesake }) });
  }

  /** The life of this name that is a member, when it is another one; or the last one that was, when it had taken the place of this one. */
  #laterLife(node: NodeName, incarnation: string): NodeLife | undefined {
    const wasReplaced = this.#replacedLives.has(nodeLife(node, incarnation));
    const later = this.#peers.get(node)?.card ?? (wasReplaced ? this.#past.get(node) : undefined);
    return later === undefined || later.incarnation === incarnation ? undefined : lifeOf(later);
  }

  #greeted(from: NodeName, hello: Hello): void {
    const { card, to, asks } = hello;
    const self = this.#ports.card();
    // For an earlier life of this node, or a namesake.
    if (to !== undefined && to !== self.incarnation) return;
    if (card.node !== from || card.incarnation === self.incarnation) {
      this.#ports.badFrame(from, new Error(`a hello in the name of node ${card.node}`));
      return;
    }
    const refusal = misfit(this.#ports.settings, hello);
    const askedAtMs = to === undefined ? undefined : this.#greeter.askedAtMs(hello.answers);
    if (refusal !== undefined) this.#refusals.misfits(from, card.incarnation, asks, refusal);
    else if (from === self.node) this.#namesakes.met(hello, askedAtMs !== undefined);
    else this.#metOther(from, hello, askedAtMs);
  }

  /** A greeting of another node; `askedAtMs`: when the question was asked that it answers, if it answers one. */
  #metOther(from: NodeName, { card, asks, namesake, members = [] }: Hello, askedAtMs: number | undefined): void {
    const isMember = this.#peers.get(from)?.card.incarnation === card.incarnation;
    if (namesake !== undefined && (isMember || askedAtMs !== undefined) && this.#namesakes.learnt(namesake)) return;
    const past = this.#past.get(from);
    if (past?.left === true && past.incarnation === card.incarnation) return;
    if (isMember) this.#claimed(card);
    if (askedAtMs !== undefined) this.#answered(card, askedAtMs);
    if (asks !== undefined) this.#answer(card, asks);
    if (askedAtMs !== undefined) for (const other of members) this.#heardOf(other.node, other.incarnation);
  }

  /** A member has claimed its generation. The rest of its card changes by its link alone: a datagram could overtake what it did before. */
  #claimed({ node, generation }: NodeCard): void {
    const peer = this.#peers.get(node);
    if (peer !== undefined && generation > peer.card.generation) peer.card = { ...peer.card, generation };
  }

  /** A life answered: it is a member from now on, unless a later one of its name is. */
  #answered(card: NodeCard, askedAtMs: number): void {
    const { node, incarnation } = card;
    const member = this.#peers.get(node);
    if (member !== undefined && member.card.incarnation !== incarnation) {
      if (!isLater(card, member.card)) return;
      // The earlier one may go on in an instant, and runs its actors for as long as any silent member may. It may not hear the later one itself.
      if (!this.#isSilent(member)) {
        this.#greeter.greet(node, { to: member.card.incarnation, asks: false, namesake: lifeOf(card) });
        return;
      }
      this.#lose(node, "down");
    }
    const past = this.#past.get(node);
    // It was replaced, and is told so when it asks, or by its next heartbeat. One that stood still as it joined claims its name anew.
    if (past !== undefined && this.#replacedLives.has(nodeLife(node, incarnation)) && !isLater(card, past)) return;
    // Asked before it was lost: it lived then.
    if (member?.card.incarnation !== incarnation && past?.incarnation === incarnation && askedAtMs < past.lostAtMs) return;
    if (member?.card.incarnation !== incarnation) this.#admit(card);
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    peer.answeredAtMs = Math.max(peer.answeredAtMs, askedAtMs);
    peer.heardAtMs = Math.max(peer.heardAtMs, askedAtMs);
  }

  /** True when a member was silent for so long that it may run nothing any more, by its own times too. */
  #isSilent({ heardAtMs, card }: Peer): boolean {
    const { clock, timings } = this.#ports;
    return clock.now() - heardAtMs > Math.max(timings.downAfterMs, card.times.downAfterMs);
  }

  /**
   * Within which time a link of this node delivers or breaks: the shortest that this node or a member has, since each of them takes what it sent, or
   * passed on, so long ago for delivered; but no less than a tenth of its own, whatever a member says.
   */
  get deliveryMs(): number {
    let shortest = this.#ports.timings.deliveryMs;
    for (const { card } of this.#peers.values()) shortest = Math.min(shortest, card.times.deliveryMs);
    return Math.max(shortest, this.#ports.timings.deliveryMs / mostHaste);
  }

  /** The longest time of a name that this node or a member has. While nodes differ in it, all that wait for each other wait for so long. */
  longest(name: "suspectAfterMs" | "downAfterMs"): number {
    let longest = this.#ports.card().times[name];
    for (const { card } of this.#peers.values()) longest = Math.max(longest, card.times[name]);
    return longest;
  }

  /**
   * How often this node sends heartbeats: as often as the member who does so most often, since that one's right to serve rests on their answers;
   * but no more than so many times as often as by its own setting, whatever a member says.
   */
  get #intervalMs(): number {
    const { heartbeatIntervalMs } = this.#ports.timings;
    let shortest = heartbeatIntervalMs;
    for (const { card } of this.#peers.values()) shortest = Math.min(shortest, card.times.heartbeatIntervalMs);
    return Math.max(shortest, heartbeatIntervalMs / mostHaste);
  }

  /** Answers a question; and asks back one that is no member. */
  #answer({ node, incarnation, generation }: NodeCard, asks: number): void {
    const member = this.#peers.get(node)?.card;
    const past = this.#past.get(node);
    // A life that has claimed no generation yet claims one above those before it.
    const before = generation === 0 && past !== undefined && past.incarnation !== incarnation ? lifeOf(past) : undefined;
    const namesake = this.#laterLife(node, incarnation) ?? before;
    const members = this.peers.map((peer) => ({ node: peer.node, incarnation: peer.incarnation }));
    this.#greeter.greet(node, {
      to: incarnation,
      answers: asks,
      asks: member?.incarnation !== incarnation,
      members,
      ...(namesake === undefined ? {} : { namesake }),
    });
  }

  #replaced(by: NodeLife): void {
    this.#state = "closed";
    this.#timer?.cancel();
    this.#ports.replaced(by);
  }

  /** Another member knows a node that this node has not met: its answer was lost, or it is frozen. It may run actors whose ids look free here. */
  #heardOf(node: NodeName, incarnation: string): void {
    if (node === this.#ports.card().node) return;
    const member = this.#peers.get(node)?.card;
    const isLast = (member ?? this.#past.get(node))?.incarnation === incarnation;
    // Another life of its name, which is a member here, does not know what that one ran; this node does, if it met that one before.
    const isKnown = isLast || (member !== undefined && this.#replacedLives.has(nodeLife(node, incarnation)));
    if (!isKnown) this.#unmet.heard(node, incarnation);
  }

  #admit(card: NodeCard): void {
    const { clock, timings, transport } = this.#ports;
    const deliveryMs = (): number => this.deliveryMs;
    const past = this.#past.get(card.node);
    if (past !== undefined && past.incarnation !== card.incarnation)
      this.#replacedLives.set(nodeLife(card.node, past.incarnation), true);
    this.#unmet.met(card.node, card.incarnation);
    this.#ports.checks.invariant(!this.#peers.has(card.node), "a member has one link", () => card.node);
    const link = new NodeLink({
      clock,
      checks: this.#ports.checks,
      self: this.#ports.card().incarnation,
      peer: card.incarnation,
      session: ++this.#sessions,
      endedSession: past?.incarnation === card.incarnation ? past.session : 0,
      retryMs: timings.linkRetryMs,
      get deliveryMs() {
        return deliveryMs();
      },
      transmit: (bytes) => transport.send(card.node, bytes),
      deliver: (body) => this.#ports.message(card.node, body),
      broken: () => {
        this.#lose(card.node, "down");
        this.#greeter.greet(card.node, { asks: true });
      },
    });
    this.#peers.set(card.node, { card, link, heardAtMs: clock.now(), beat: 0, answeredAtMs: 0 });
    this.#ports.joined(card);
    // It may need the next heartbeat sooner.
    if (this.#intervalMs < this.#beatInMs) this.beat();
  }

  #lose(node: NodeName, reason: "left" | "down"): void {
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    this.#peers.delete(node);
    peer.link.close();
    const lostAtMs = this.#ports.clock.now();
    this.#past.set(node, { ...lifeOf(peer.card), session: peer.link.peerSession, left: reason === "left", lostAtMs });
    this.#ports.left(peer.card, reason, peer.link.pending);
  }

  #beat(): void {
    const { clock, transport, card } = this.#ports;
    const nowMs = clock.now();
    const { node, incarnation } = card();
    const pulse = this.#ports.pulse?.(nowMs);
    const life = { node, incarnation, number: ++this.#beats };
    const heartbeat = { type: "heartbeat", ...life, ...(pulse === undefined ? {} : { pulse }) } satisfies Datagram;
    transport.broadcast(encodePlain(heartbeat));
    // A pause of this node itself is not the silence of its peers: they get that time added to be heard in.
    const stallMs = nowMs - this.#checkedAtMs - this.#beatInMs;
    this.#checkedAtMs = nowMs;
    for (const [name, peer] of [...this.#peers]) {
      if (stallMs > this.#beatInMs) peer.heardAtMs += stallMs;
      if (this.#isSilent(peer)) this.#lose(name, "down");
    }
    this.#unmet.greetAgain(nowMs);
    this.#ports.beat(
      nowMs,
      [...this.#peers.values()].map(({ heardAtMs }) => heardAtMs),
    );
    this.#beatInMs = this.#intervalMs;
    this.#timer = clock.setTimeout(() => this.#beat(), this.#beatInMs);
  }
}
