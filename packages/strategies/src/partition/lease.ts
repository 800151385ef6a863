/**
 * What the store of a lease holds, and the rules by which a node may take it, renew it or hand it over.
 * Without these rules two nodes could each take a lease that the other holds.
 */
import type { HeldLease } from "./family.js";

/** The record in the store: who has the lease, and which write of which life it was. */
export interface LeaseRecord {
  /** The life (`node@incarnation`) of the holder. */
  readonly holder: string;
  /** The life that wrote it: another than the holder's where the lease was handed over. */
  readonly by: string;
  /** The number of this write among those of `by`. */
  readonly write: number;
  /** Counts the holders there were: a fencing token. */
  readonly term: number;
}

/** A record as it was read, with the number that the next write must name. Revision 0: there is none yet. */
export interface StoredLease {
  readonly revision: number;
  /** Absent when there is none, or one that cannot be read. */
  readonly record?: LeaseRecord | undefined;
}

/** A write that is due: it must fail when the revision is another by then. */
export interface LeaseWrite {
  readonly expected: number;
  readonly record: LeaseRecord;
}

/** A lease is over for its holder by this share of its time before it is for others: for clocks that run at different rates. */
const marginShare = 0.1;

/**
 * One node's part in a lease that is a record in a store with compare-and-set. Pure: its caller says what was read and written, and when.
 *
 * No two nodes hold it at once. Let w be the last write of holder H that succeeded, sent at s and done at d, so s <= d. H counts from s:
 * its lease ends before s + ttl. Another node T that writes over w has read w, so not before d, and has then waited for a full ttl: its write is
 * done after d + ttl >= s + ttl. T must name the revision of w, so had H renewed meanwhile, T's write would have failed. Durations are
 * each node's own: clocks need not agree, only run at the same rate within the margin. Reads may be stale: T only waits longer, or fails.
 *
 * Handing over is a write of H that names another holder; H counts its lease as over before it sends it. Rights that H gave to other nodes
 * before may last for `rightsMs` more: until then the new lease is not settled. (Those of a holder that did not hand over end with its lease.)
 *
 * It does not stay unheld: once its holder is gone the revision stands still, and after the ttl whoever writes first has it.
 */
export class Lease {
  readonly #self: string;
  readonly #ttlMs: number;
  readonly #rightsMs: () => number;
  #stored: StoredLease | undefined;
  #seenAtMs = 0;
  #settledAtMs = 0;
  #term = 0;
  #untilMs = 0;
  #writes = 0;
  #changes = 0;

  constructor(self: string, ttlMs: number, rightsMs: () => number) {
    this.#self = self;
    this.#ttlMs = ttlMs;
    this.#rightsMs = rightsMs;
  }

  /** True when the lease is another node's, who has renewed it since this one first looked. */
  get isOthers(): boolean {
    return this.#changes > 1 && this.#stored?.record !== undefined && this.#stored.record.holder !== this.#self;
  }

  /** A read was answered. */
  seen(stored: StoredLease, nowMs: number): void {
    if (this.#stored !== undefined && same(this.#stored, stored)) return;
    this.#stored = stored;
    this.#seenAtMs = nowMs;
    this.#changes++;
    this.#term = Math.max(this.#term, stored.record?.term ?? 0);
    if (stored.record?.by !== this.#self) this.#settledAtMs = nowMs + Math.min(this.#rightsMs(), this.#ttlMs);
  }

  /** What to write now; undefined when there is nothing to be done but to read again. */
  due(nowMs: number): LeaseWrite | undefined {
    if (this.#stored === undefined) return undefined;
    const mine = this.#stored.record?.holder === this.#self;
    if (!mine && nowMs - this.#seenAtMs < this.#ttlMs) return undefined;
    return this.#write(this.#self, this.#stored);
  }

  /** The write that hands the lease over, which is over for this node at once; undefined when this node does not hold it. */
  handOver(heir: string, nowMs: number): LeaseWrite | undefined {
    const stored = this.#stored;
    if (this.held(nowMs) === undefined || stored === undefined) return undefined;
    this.#untilMs = 0;
    return this.#write(heir, stored);
  }

  /** A write was done, as this revision; it was sent at `sentAtMs`. */
  written({ record }: LeaseWrite, revision: number, sentAtMs: number): void {
    this.#stored = { revision, record };
    this.#term = record.term;
    this.#seenAtMs = sentAtMs;
    this.#untilMs = sentAtMs + this.#ttlMs * (1 - marginShare);
  }

  /** Undefined when this node does not hold it. */
  held(nowMs: number): HeldLease | undefined {
    return nowMs < this.#untilMs ? { untilMs: this.#untilMs, settledAtMs: this.#settledAtMs, term: this.#term } : undefined;
  }

  #write(holder: string, { revision, record }: StoredLease): LeaseWrite {
    const term = record?.holder === holder ? record.term : this.#term + 1;
    return { expected: revision, record: { holder, by: this.#self, write: ++this.#writes, term } };
  }
}

function same(a: StoredLease, b: StoredLease): boolean {
  return (
    a.revision === b.revision &&
    a.record?.holder === b.record?.holder &&
    a.record?.by === b.record?.by &&
    a.record?.write === b.record?.write
  );
}
