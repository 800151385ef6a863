/**
 * Gives the lease of a cluster to one side of a cut, by compare-and-set in a store outside of it.
 * Without it a side could serve on after its lease has run out, and another beside it.
 */
import { type Instant, instant } from "@process-hub/protocol";
import type { ArbiterContext, HeldLease, OpenArbiter, PartitionArbiter } from "./family.js";
import { Lease, type LeaseWrite, type StoredLease } from "./lease.js";

/** A lease is looked at, and renewed, so often in its time. */
const stepsPerTtl = 4;

/** One record in a store whose writes are linearizable, such as one that rests on the consensus of its servers. */
export interface LeaseStore {
  /** The record as it is, or was a while ago. Rejects when the store does not answer. */
  read(): Promise<StoredLease>;
  /** Writes when the record's revision is `expected`. Resolves with the new revision, or with undefined when it is another; rejects when it is not known what became of it. */
  write(write: LeaseWrite): Promise<number | undefined>;
  close(): Promise<void>;
}

/** What `leaseArbiter` takes. */
export interface LeaseArbiterOptions {
  /** The time a renewal lasts, in ms; the same on all nodes. */
  readonly ttlMs: number;
  /** Opens the store for one node. Rejects with a `HubError` when it never can be. */
  readonly store: (about: ArbiterContext) => Promise<LeaseStore>;
}

/**
 * An arbiter over a store with compare-and-set: the node that holds the record decides for all who hear it, and are heard by it.
 * While the store cannot be reached nothing is renewed. See `Lease` for why two nodes never hold it at once.
 */
export function leaseArbiter({ ttlMs, store }: LeaseArbiterOptions): PartitionArbiter {
  return {
    open: async (about) => {
      const keeper = new LeaseKeeper(await store(about), about, ttlMs);
      await keeper.begun();
      return keeper;
    },
  };
}

class LeaseKeeper implements OpenArbiter {
  readonly #store: LeaseStore;
  readonly #about: ArbiterContext;
  readonly #lease: Lease;
  readonly #ttlMs: number;
  /** When the lease ends by the wall clock. */
  #wallUntilMs = 0;
  #known = false;
  #answers = true;
  #closed = false;
  /** The latest renewal. */
  #renewing: Promise<void> = Promise.resolve();
  /** It was told to look since its last step began. */
  #told = false;
  #begin: () => void = () => {};
  #wake: () => void = () => {};

  constructor(store: LeaseStore, about: ArbiterContext, ttlMs: number) {
    this.#store = store;
    this.#about = about;
    this.#ttlMs = ttlMs;
    this.#lease = new Lease(about.life, ttlMs, about.rightsMs);
    void this.#keep();
  }

  /** Resolves when this node holds the lease, or another is seen to renew it, or neither came about in its time. */
  begun(): Promise<void> {
    const { clock } = this.#about;
    return new Promise((resolve) => {
      const late = clock.setTimeout(resolve, this.#ttlMs * (1 + 2 / stepsPerTtl));
      this.#begin = () => {
        late.cancel();
        resolve();
      };
    });
  }

  held(): HeldLease | undefined {
    const { clock } = this.#about;
    const nowMs = clock.now();
    const held = this.#closed ? undefined : this.#lease.held(nowMs);
    // While the machine is suspended its monotonic clock stands still, and the lease ends all the same.
    const leftMs = this.#wallUntilMs - clock.wallMs();
    return held !== undefined && leftMs > 0 ? { ...held, untilMs: Math.min(held.untilMs, nowMs + leftMs) } : undefined;
  }

  look(): void {
    this.#told = true;
    this.#wake();
  }

  async close(heir: string | undefined): Promise<void> {
    this.#closed = true;
    const quietly = (work: Promise<unknown>): Promise<unknown> => this.#bounded(work).catch(() => {});
    // A renewal on its way would change the record under the hand-over, which the store would then refuse.
    await quietly(this.#renewing);
    const write = heir === undefined ? undefined : this.#lease.handOver(heir, this.#about.clock.now());
    if (write !== undefined) await quietly(this.#store.write(write));
    await quietly(this.#store.close());
  }

  async #keep(): Promise<void> {
    const { clock, gained, log } = this.#about;
    const stepMs = this.#ttlMs / stepsPerTtl;
    while (!this.#closed) {
      const startMs = clock.now();
      const had = this.held() !== undefined;
      this.#told = false;
      try {
        await this.#step();
        if (!this.#answers) log("info", "the store of the partition lease answers again");
        this.#answers = true;
      } catch (error) {
        // What became of a write is read before the next.
        this.#known = false;
        if (this.#answers && !this.#closed)
          log("warn", `the store of the partition lease does not answer: ${String(error)}`, error);
        this.#answers = false;
      }
      const has = this.held() !== undefined;
      if (has || this.#lease.isOthers) this.#begin();
      if (has && !had) gained();
      await this.#sleep(startMs + stepMs - clock.now());
    }
  }

  #sleep(ms: number): Promise<void> {
    if (this.#told) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#about.clock.setTimeout(resolve, Math.max(1, ms));
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #step(): Promise<void> {
    const { clock } = this.#about;
    if (!this.#known || this.held() === undefined) {
      this.#lease.seen(await this.#bounded(this.#store.read()), clock.now());
      this.#known = true;
    }
    const at = instant(clock);
    const write = this.#closed ? undefined : this.#lease.due(at.nowMs);
    if (write === undefined) return;
    this.#renewing = this.#renew(write, at);
    await this.#renewing;
  }

  async #renew(write: LeaseWrite, { nowMs: sentAtMs, wallMs }: Instant): Promise<void> {
    const revision = await this.#bounded(this.#store.write(write));
    if (revision === undefined) this.#known = false;
    else {
      this.#lease.written(write, revision, sentAtMs);
      this.#wallUntilMs = wallMs + (this.#lease.held(sentAtMs)?.untilMs ?? sentAtMs) - sentAtMs;
    }
  }

  /** A write that is answered later has its effect later as well, and was counted from when it was sent. */
  #bounded<T>(work: Promise<T>): Promise<T> {
    const { clock } = this.#about;
    return new Promise((resolve, reject) => {
      const limitMs = this.#ttlMs / stepsPerTtl;
      const late = clock.setTimeout(() => reject(new Error(`nothing within ${limitMs} ms`)), limitMs);
      work.finally(() => late.cancel()).then(resolve, reject);
    });
  }
}
