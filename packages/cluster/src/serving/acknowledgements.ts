/*
 * Which heartbeats of this node each member has heard, from what the members send back.
 * Without it a node that hears the others, but is not heard, would take itself for a part of the quorum.
 */
import { type Instant, type LentLease, type NodeCard, nodeLife, type Pulse } from "@process-hub/protocol";

/** How many of its own heartbeats a node remembers the instants of. */
const remembered = 16;

interface Heard {
  readonly card: NodeCard;
  /** Its last heartbeat that came here. */
  number: number;
  /** The last heartbeat of this node that the member had heard by then. */
  acked: number;
  /** The lives it saw by then, as `node@incarnation`. */
  sees: readonly string[];
  /** When it last saw this node. */
  seenAtMs: number;
  /** The lease it held by then. */
  lease?: LentLease | undefined;
}

/** One heartbeat of this node: when it was sent, and which members have heard it. */
export interface Acknowledged {
  readonly sentAt: Instant;
  readonly by: readonly NodeCard[];
  /** The leases that these members say they hold. */
  readonly lent: readonly LentLease[];
}

/**
 * Which heartbeats of this node each member has heard, and whom each member sees. A node that hears the others may not be heard by them;
 * only an acknowledgement that comes back shows it.
 */
export class Acknowledgements {
  readonly #self: string;
  readonly #sent = new Map<number, Instant>();
  readonly #heard = new Map<string, Heard>();
  #number = 0;
  /** This node's last heartbeat before it last lost a member: the members' views from before that are out of date. */
  #lostAfter = 0;

  /** `self`: this node's life, `node@incarnation`. */
  constructor(self: string) {
    this.#self = self;
  }

  /** The pulse of the next heartbeat. */
  next(at: Instant, lease?: LentLease, memory?: unknown): Pulse {
    this.#sent.set(++this.#number, at);
    this.#sent.delete(this.#number - remembered);
    const heard = [...this.#heard.values()];
    return {
      number: this.#number,
      heard: heard.map(({ card: { node, incarnation }, number }) => [node, incarnation, number]),
      ...(lease === undefined ? {} : { lease }),
      ...(memory === undefined ? {} : { memory }),
    };
  }

  /** The number of the next heartbeat. */
  get nextNumber(): number {
    return this.#number + 1;
  }

  /** True when every member has heard one of this node's heartbeats from a number on. */
  allHeard(number: number): boolean {
    return [...this.#heard.values()].every(({ acked }) => acked >= number);
  }

  /** True when every member's heartbeat has come here since it joined: with it, what that member remembers. */
  get metAll(): boolean {
    return [...this.#heard.values()].every(({ number }) => number > 0);
  }

  joined(card: NodeCard, nowMs: number): void {
    this.#heard.set(lifeOf(card), { card, number: 0, acked: 0, sees: [], seenAtMs: nowMs });
  }

  left(card: NodeCard): void {
    this.#heard.delete(lifeOf(card));
    this.#lostAfter = this.#number;
  }

  received(card: NodeCard, { number, heard, lease }: Pulse, nowMs: number): void {
    const from = this.#heard.get(lifeOf(card));
    if (from === undefined || number <= from.number) return;
    from.sees = heard.map(([node, incarnation]) => nodeLife(node, incarnation));
    const mine = heard[from.sees.indexOf(this.#self)];
    from.number = number;
    from.acked = mine?.[2] ?? 0;
    from.lease = lease;
    if (mine !== undefined) from.seenAtMs = nowMs;
  }

  /** The members that have heard each of the last heartbeats, the newest first: the last one, and those of the `back` intervals before it. */
  latest(back: number): Acknowledged[] {
    return this.#rests(back, () => true, 0);
  }

  /**
   * The same, with those members alone that see nobody whom this node does not see. When enough of them agree that a node is gone, that
   * node has no quorum that includes one of them, however the network is cut.
   */
  agreeing(back: number): Acknowledged[] {
    const mine = new Set([...this.#heard.keys(), this.#self]);
    return this.#rests(back, ({ sees }) => sees.every((life) => mine.has(life)), this.#lostAfter);
  }

  /** Counts all members as having seen this node just now. */
  forgive(nowMs: number): void {
    for (const heard of this.#heard.values()) heard.seenAtMs = nowMs;
  }

  /**
   * The members that have not seen this node for `downAfterMs`, or for their own where that is longer: they think it down, though it hears
   * them. One with longer times holds its lease for as long.
   */
  deaf(nowMs: number, downAfterMs: number): NodeCard[] {
    return [...this.#heard.values()].flatMap(({ card, seenAtMs }) =>
      nowMs - seenAtMs > Math.max(downAfterMs, card.times.downAfterMs) ? [card] : [],
    );
  }

  #rests(back: number, counts: (heard: Heard) => boolean, after: number): Acknowledged[] {
    const rests: Acknowledged[] = [];
    for (let number = this.#number; number > 0 && number >= this.#number - back; number--) {
      const sentAt = this.#sent.get(number);
      if (sentAt === undefined) break;
      const by = [...this.#heard.values()].filter((one) => one.acked >= number && one.acked > after && counts(one));
      if (by.length <= (rests.at(-1)?.by.length ?? -1)) continue;
      const lent = by.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
      rests.push({ sentAt, by: by.map(({ card }) => card), lent });
    }
    return rests;
  }
}

function lifeOf({ node, incarnation }: { readonly node: string; readonly incarnation: string }): string {
  return nodeLife(node, incarnation);
}
