/** What a lease needs to know at each beat of its node. */
export interface LeaseBeat {
  readonly nowMs: number;
  /** When each member last answered a hello of this node. */
  readonly answeredAtMs: readonly number[];
  /** True when this node holds all that the members say. */
  readonly synchronised: boolean;
  /** Asked of a node that is about to serve again: true when its actors may go on as they are. */
  readonly ready: () => boolean;
}

/**
 * How long a lease lasts: less than a silence after which others think the node dead, for clocks that run at different rates, by one
 * interval, or by a quarter of that silence where this is less: the next heartbeat must find the lease running.
 */
export function leaseTermMs(heartbeatIntervalMs: number, downAfterMs: number): number {
  return Math.max(downAfterMs - heartbeatIntervalMs, downAfterMs * 0.75);
}

/**
 * The node's right to run handlers, as an instant in memory that all its threads share: each runner looks at it before a batch of
 * handlers. It is renewed at each heartbeat for less than the time after which others would think the node dead. So a node
 * that was frozen finds it expired when it thaws, and runs nothing until it is a member again: until every member has
 * answered it since, and it knows what they know. (To hear them is not enough: what they said while it slept is still to be read, and
 * they may have given it up.) A node without others serves without end.
 * Under a strategy that counts nodes it is `Partition` that renews it, from what others have acknowledged.
 * Source: the leases of Gray and Cheriton, 1989; fencing after a pause as in Kleppmann's "How to do distributed locking", 2016.
 */
export class ServingLease {
  /** One element: the instant until which handlers may begin. Shared with the threads. */
  readonly until: Float64Array<SharedArrayBuffer> = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  readonly #termMs: number;
  readonly #graceMs: number;
  #fencedAtMs = 0;
  #beatAtMs = 0;
  #back = false;

  /** `termMs`: how long a renewal lasts; `graceMs`: how long a fenced node listens at least before it serves again. */
  constructor(termMs: number, graceMs: number) {
    this.#termMs = termMs;
    this.#graceMs = graceMs;
    this.until[0] = Number.POSITIVE_INFINITY;
  }

  /** True while the node may not serve. */
  get fenced(): boolean {
    return this.#fencedAtMs > 0;
  }

  /** There are others from now on: what had no end has a term. */
  joined(nowMs: number): void {
    if (!this.fenced && this.until[0] === Number.POSITIVE_INFINITY) this.until[0] = nowMs + this.#termMs;
  }

  /** It lasts for a term from this instant, but not beyond `atMostMs`; or for as long as it did. */
  renew(fromMs: number, atMostMs = Number.POSITIVE_INFINITY): void {
    this.until[0] = Math.max(this.until[0] ?? 0, Math.min(fromMs + this.#termMs, atMostMs));
  }

  /** No handler begins from now on. */
  end(): void {
    this.until[0] = 0;
  }

  /** Renews the lease, or finds it expired, or ends the fencing. True when it has just been found expired. */
  beat({ nowMs, answeredAtMs, synchronised, ready }: LeaseBeat): boolean {
    const expired = !this.fenced && nowMs > (this.until[0] ?? 0);
    // One that sleeps once more while it is fenced may have been given up once more: what it has heard so far counts no longer.
    const sleptAgain = this.fenced && nowMs - this.#beatAtMs > this.#termMs;
    this.#beatAtMs = nowMs;
    if (expired || sleptAgain) {
      this.#fencedAtMs = nowMs;
      this.#back = false;
    }
    if (this.fenced) {
      // At two beats: what the others sent with their answers, such as a link that begins anew, has been read by the second.
      const wasBack = this.#back;
      const listened = nowMs - this.#fencedAtMs >= this.#graceMs;
      this.#back = listened && synchronised && answeredAtMs.every((atMs) => atMs > this.#fencedAtMs);
      if (!this.#back || !ready() || !wasBack) return expired;
      this.#fencedAtMs = 0;
      this.#back = false;
    }
    this.until[0] = answeredAtMs.length === 0 ? Number.POSITIVE_INFINITY : nowMs + this.#termMs;
    return expired;
  }
}
