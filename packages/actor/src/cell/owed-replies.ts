/**
 * The asks that an actor has handled and is to answer later: `ctx.replyLater`.
 * Without it a lock, a buffer or a "reply when all are in" could not be an ask, since a handler's end is its answer.
 */
import type { ActorId, Clock, OwedReply, PlaceId } from "@process-hub/protocol";
import type { Envelope } from "./envelope.js";

/** A token of an ask that nobody waits for. */
const nobody = "nobody";

const none = new Uint8Array(0);

/** The debts of one actor, by token. What has expired is forgotten: its asker knows. */
export class OwedReplies {
  readonly #clock: Clock;
  readonly #owed = new Map<string, Envelope>();
  /** How many there may be before those that have expired are looked for. */
  #nextLook = 64;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are owed, those included that have expired and were not looked at since. */
  get size(): number {
    return this.#owed.size;
  }

  /** True while one is owed. */
  get any(): boolean {
    if (this.#owed.size > 0) this.prune();
    return this.#owed.size > 0;
  }

  /** Takes on the answer to a message that is handled, and gives its token: the same for the same message. */
  owe(envelope: Envelope): string {
    const { origin, ask } = envelope;
    if (ask === 0) return nobody;
    const token = tokenOf(origin, ask);
    if (this.#owed.size >= this.#nextLook) {
      this.prune();
      this.#nextLook = Math.max(64, 2 * this.#owed.size);
    }
    this.#owed.set(token, { ...envelope, payload: none });
    return token;
  }

  /** The ask of a token, which is owed no more; undefined: it is answered, withdrawn, or its time is over. */
  take(token: string): Envelope | undefined {
    const envelope = this.#owed.get(token);
    if (envelope === undefined || !this.#owed.delete(token)) return undefined;
    return this.#isOver(envelope) ? undefined : envelope;
  }

  /** The asker has given up. False when nothing is owed to it. */
  forget(origin: PlaceId, ask: number): boolean {
    return this.#owed.delete(tokenOf(origin, ask));
  }

  /** True while the answer of an ask is owed. */
  has(origin: PlaceId, ask: number): boolean {
    return this.#owed.has(tokenOf(origin, ask));
  }

  /** Forgets those whose time is over. */
  prune(): void {
    for (const [token, envelope] of this.#owed) if (this.#isOver(envelope)) this.#owed.delete(token);
  }

  /** All that is owed; they stay. */
  get all(): Envelope[] {
    return [...this.#owed.values()].filter((envelope) => !this.#isOver(envelope));
  }

  /** All that is owed, as it travels. */
  left(): OwedReply[] {
    const nowMs = this.#clock.now();
    return this.all.map(({ name, origin, sender, ask, expiresAtMs }) => {
      return { name, origin, sender, ask, leftMs: expiresAtMs === 0 ? 0 : Math.max(1, expiresAtMs - nowMs) };
    });
  }

  /** Takes over what was owed elsewhere. */
  load(id: ActorId, owed: readonly OwedReply[]): void {
    const nowMs = this.#clock.now();
    for (const { leftMs, ...each } of owed) {
      const expiresAtMs = leftMs === 0 ? 0 : nowMs + leftMs;
      this.owe({ kind: "envelope", to: id, epoch: 0, sentEpoch: 0, payload: none, expiresAtMs, via: null, ...each });
    }
  }

  /** All that is owed; nothing is left. */
  drain(): Envelope[] {
    const all = this.all;
    this.#owed.clear();
    return all;
  }

  #isOver({ expiresAtMs }: Envelope): boolean {
    return expiresAtMs !== 0 && expiresAtMs <= this.#clock.now();
  }
}

function tokenOf(origin: PlaceId, ask: number): string {
  return `${ask} of ${origin}`;
}
