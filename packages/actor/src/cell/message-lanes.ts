/**
 * The messages of one mailbox in order: a lane for those that are handled one at a time, and one for concurrent ones, which are made only when such
 * a message comes. Without lanes a concurrent message would wait behind those that wait for the handler in hand.
 */
import type { Envelope } from "./envelope.js";
import { Queue } from "./queue.js";

/** Whether concurrent messages may be next: they alone, as the others, or none. */
export type Turn = "only" | "too" | "not";

/** Two queues that are read as one: the concurrent ones first. */
export class MessageLanes {
  readonly #names: ReadonlySet<string> | undefined;
  readonly #ordinary = new Queue<Envelope>();
  #concurrent: Queue<Envelope> | undefined;
  /** The last one taken was concurrent: where both wait, an ordinary one is next. */
  #wasConcurrent = false;

  /** `names`: of the concurrent messages; absent: none is. */
  constructor(names?: ReadonlySet<string>) {
    this.#names = names;
  }

  get size(): number {
    return this.#ordinary.size + this.concurrent;
  }

  /** How many concurrent ones wait. */
  get concurrent(): number {
    return this.#concurrent?.size ?? 0;
  }

  /** The next message, which stays; of which lane: see `Turn`. */
  first(concurrent: Turn = "too"): Envelope | undefined {
    return this.#lane(concurrent)?.first;
  }

  push(envelope: Envelope): void {
    if (this.#names?.has(envelope.name) === true) (this.#concurrent ??= new Queue()).push(envelope);
    else this.#ordinary.push(envelope);
  }

  /** Takes the next message; of which lane: see `Turn`. */
  shift(concurrent: Turn = "too"): Envelope | undefined {
    const lane = this.#lane(concurrent);
    this.#wasConcurrent = lane !== this.#ordinary;
    return lane?.shift();
  }

  find(isIt: (envelope: Envelope) => boolean): Envelope | undefined {
    return this.#concurrent?.find(isIt) ?? this.#ordinary.find(isIt);
  }

  /** Takes the first of this kind out; undefined: there is none. */
  remove(isIt: (envelope: Envelope) => boolean): Envelope | undefined {
    return this.#concurrent?.remove(isIt) ?? this.#ordinary.remove(isIt);
  }

  /** All in order; none is left. */
  drain(): Envelope[] {
    return [...(this.#concurrent?.drain() ?? []), ...this.#ordinary.drain()];
  }

  *[Symbol.iterator](): Generator<Envelope> {
    if (this.#concurrent !== undefined) yield* this.#concurrent;
    yield* this.#ordinary;
  }

  /** In turn where both wait, so that neither keeps the other from being handled. */
  #lane(concurrent: Turn): Queue<Envelope> | undefined {
    if (concurrent === "only") return this.#concurrent;
    if (concurrent === "not") return this.#ordinary;
    const isNext = this.concurrent > 0 && (!this.#wasConcurrent || this.#ordinary.size === 0);
    return isNext ? this.#concurrent : this.#ordinary;
  }
}
