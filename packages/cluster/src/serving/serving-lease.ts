/*
 * The node's right to run handlers, as an instant in memory that all its threads share and check before they run any.
 * Without it a node that was frozen, or whose machine was suspended, would then run actors that others have taken over meanwhile.
 */
import { type Clock, type Instant, instant, leaseHolds, passedMs } from "@process-hub/protocol";

/** The state of a node at one of its heartbeats. */
export interface LeaseBeat {
  /** For each member, when the latest question was asked that it has answered. */
  readonly answeredAtMs: readonly number[];
  /** True when this node has all records of the members. */
  readonly synchronised: boolean;
  /** Asked before the node serves again: true when its actors may go on as they are. */
  readonly ready: () => boolean;
}

/**
 * How long a lease lasts: `downAfterMs` less one heartbeat interval, or less a quarter of it where that is smaller. The margin is for
 * clocks that run at different rates; the next heartbeat must still find the lease running.
 */
export function leaseTermMs(heartbeatIntervalMs: number, downAfterMs: number): number {
  return Math.max(downAfterMs - heartbeatIntervalMs, downAfterMs * 0.75);
}

/**
 * The node's right to run handlers, as an instant in memory that all its threads share: each runner looks at it before a batch of handlers.
 * It is renewed at each heartbeat, for less than the time after which others would think the node dead. So a node that was frozen finds its
 * lease expired when it thaws, and runs nothing until every member has answered it since and it knows what they know. (To hear them is not
 * enough: datagrams from the time it slept are still to be read, and the members may have given it up.) A node that is alone serves without
 * end. The end is kept by both clocks of the machine: the monotonic one stands still while the machine is suspended, and a wall clock that
 * was set forward counts as a sleep. Under a strategy that counts nodes `Partition` renews the lease, from what the members have acknowledged.
 * Source: the leases of Gray and Cheriton, 1989; fencing after a pause as in Kleppmann's "How to do distributed locking", 2016.
 */
export class ServingLease {
  /** Until when handlers may begin, by each clock: see `leaseHolds`. Shared with the threads. */
  readonly until: Float64Array = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)).fill(
    Number.POSITIVE_INFINITY,
  );
  readonly #clock: Pick<Clock, "now" | "wallMs">;
  readonly #termMs: number;
  readonly #graceMs: number;
  #fencedAtMs = 0;
  #beatAt: Instant;
  /** The instant from which the present lease was counted. */
  #from: Instant;
  #back = false;
  #closed = false;

  /** `termMs`: how long a renewal lasts; `graceMs`: how long a fenced node listens at least before it serves again. */
  constructor(clock: Pick<Clock, "now" | "wallMs">, termMs: number, graceMs: number) {
    this.#clock = clock;
    this.#termMs = termMs;
    this.#graceMs = graceMs;
    this.#beatAt = instant(clock);
    this.#from = this.#beatAt;
  }

  /** True while the node may not serve. */
  get fenced(): boolean {
    return this.#fencedAtMs > 0;
  }

  /** True while handlers may begin. */
  get holds(): boolean {
    return leaseHolds(this.until, this.#clock.now(), this.#clock);
  }

  /** The latest instant, at most now, of which it is sure that the lease held. */
  get heldAtMs(): number {
    const { nowMs, wallMs } = instant(this.#clock);
    // The monotonic clock does not say when a suspension ended the lease.
    if (wallMs > (this.until[1] ?? 0)) return Math.min(nowMs, this.#from.nowMs);
    return Math.min(nowMs, this.until[0] ?? 0);
  }

  /** A member joined: a lease without end gets a term. */
  joined(): void {
    if (!this.fenced && this.until[0] === Number.POSITIVE_INFINITY) this.#set(instant(this.#clock), this.#termMs);
  }

  /** Prolongs the lease to a term from an instant, but to no more than `atMostMs` after it. It never gets shorter. */
  renew(from: Instant, atMostMs = Number.POSITIVE_INFINITY): void {
    if (this.#closed) return;
    const forMs = Math.min(this.#termMs, atMostMs);
    if (from.nowMs + forMs >= (this.until[0] ?? 0)) this.#set(from, forMs);
  }

  /** No handler begins from now on. */
  end(): void {
    this.until[0] = 0;
  }

  /** No handler begins from now on, and nothing renews the lease. */
  close(): void {
    this.#closed = true;
    this.end();
  }

  /** Renews the lease, or finds it expired, or ends the fencing. True when it has just been found expired. */
  beat({ answeredAtMs, synchronised, ready }: LeaseBeat): boolean {
    if (this.#closed) return false;
    const at = instant(this.#clock);
    const expired = !this.fenced && !this.holds;
    // A node that sleeps once more while it is fenced may have been given up once more: answers so far count no longer.
    const sleptAgain = this.fenced && passedMs(this.#beatAt, at) > this.#termMs;
    this.#beatAt = at;
    if (expired || sleptAgain) {
      this.#fencedAtMs = at.nowMs;
      this.#back = false;
    }
    if (this.fenced) {
      // The answers must hold at two beats: datagrams sent with the answers, such as of a link that begins anew, are read by the second.
      const wasBack = this.#back;
      const listened = at.nowMs - this.#fencedAtMs >= this.#graceMs;
      this.#back = listened && synchronised && answeredAtMs.every((atMs) => atMs >= this.#fencedAtMs);
      if (!this.#back || !ready() || !wasBack) return expired;
      this.#fencedAtMs = 0;
      this.#back = false;
    }
    this.#set(at, answeredAtMs.length === 0 ? Number.POSITIVE_INFINITY : this.#termMs);
    return expired;
  }

  #set(from: Instant, forMs: number): void {
    this.#from = from;
    this.until[1] = from.wallMs + forMs;
    this.until[0] = from.nowMs + forMs;
  }
}
