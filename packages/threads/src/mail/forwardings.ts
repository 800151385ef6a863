import type { ActorId, Checks, Epoch, PlaceId } from "@process-hub/protocol";

/** Where an epoch of an actor that left this place went. */
export interface Forwarding {
  readonly id: ActorId;
  readonly epoch: Epoch;
  readonly to: PlaceId;
  readonly nextEpoch: Epoch;
  lastUsedAtMs: number;
  /** The marker that asks whether all it passed on has arrived; 0 when none is out or it was used since. */
  markerId: number;
  askedAtMs: number;
}

/** Above all that routes count: the late answer to an entry's marker, sent another way, must not end the hold of a route. */
export const firstMarkerId = 2 ** 40;

/**
 * The forwarding entries of one place, oldest first. An entry ends only when it was not used for the time in which a link
 * delivers or breaks, and a marker sent after the last frame it passed on was answered: so nothing it forwarded is on the way.
 * Without them mail that was sent before the news of a move would be lost, or come back and be sent again out of order.
 */
export class Forwardings {
  readonly #entries = new Map<string, Forwarding>();
  readonly #byMarkerId = new Map<number, Forwarding>();
  #lastMarkerId = firstMarkerId;

  readonly #checks: Checks;
  #ended = (): void => {};

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Has one part told of each entry that has ended. */
  onEnded(ended: () => void): void {
    this.#ended = ended;
  }

  add(id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch, nowMs: number): Forwarding {
    const entry: Forwarding = { id, epoch, to, nextEpoch, lastUsedAtMs: nowMs, markerId: 0, askedAtMs: 0 };
    this.#checks.invariant(
      nextEpoch > epoch,
      "a forwarding entry leads to a later epoch",
      () => `${id}: ${epoch} to ${nextEpoch}`,
    );
    this.#entries.set(key(id, epoch), entry);
    return entry;
  }

  /** The entry for an epoch, noted as used. */
  use(id: ActorId, epoch: Epoch, nowMs: number): Forwarding | undefined {
    if (this.#entries.size === 0) return undefined;
    const entry = this.#entries.get(key(id, epoch));
    if (entry === undefined) return undefined;
    entry.lastUsedAtMs = nowMs;
    this.#byMarkerId.delete(entry.markerId);
    entry.markerId = 0;
    return entry;
  }

  /** The newest place known for an actor that left this place after `epoch`. */
  newest(id: ActorId, epoch: Epoch): Forwarding | undefined {
    return chainEnd(
      epoch,
      (after) => this.#entries.get(key(id, after)),
      ({ nextEpoch }) => nextEpoch,
    );
  }

  /** The entries that may be asked about: unused for `idleMs`, oldest first, up to the first that is not. */
  idle(nowMs: number, idleMs: number): Forwarding[] {
    const idle: Forwarding[] = [];
    for (const entry of this.#entries.values()) {
      if (nowMs - entry.lastUsedAtMs < idleMs) break;
      idle.push(entry);
    }
    return idle;
  }

  /** The entries that lead to certain places. */
  towards(isThere: (place: PlaceId) => boolean): Forwarding[] {
    return [...this.#entries.values()].filter(({ to }) => isThere(to));
  }

  /** A fresh number for a marker along an entry, in a row of their own. */
  nextMarkerId(): number {
    return ++this.#lastMarkerId;
  }

  /** True for the number of a marker along an entry, answered before or not. */
  owns(markerId: number): boolean {
    return markerId > firstMarkerId;
  }

  /** A marker was sent along the entry. */
  asked(entry: Forwarding, markerId: number, nowMs: number): void {
    this.#byMarkerId.delete(entry.markerId);
    entry.askedAtMs = nowMs;
    entry.markerId = markerId;
    this.#byMarkerId.set(markerId, entry);
  }

  /** A marker was answered: true when it was one of ours; its entry is over unless it was used since. */
  answered(markerId: number): boolean {
    const entry = this.#byMarkerId.get(markerId);
    if (entry === undefined) return false;
    this.#checks.mark("forwardingExpired");
    this.drop(entry);
    return true;
  }

  drop(entry: Forwarding): void {
    this.#byMarkerId.delete(entry.markerId);
    this.#entries.delete(key(entry.id, entry.epoch));
    this.#ended();
  }
}

/** The last of the entries that lead on from an epoch, one to the next; undefined when none does. */
export function chainEnd<E>(epoch: Epoch, entryOf: (epoch: Epoch) => E | undefined, next: (entry: E) => Epoch): E | undefined {
  let last: E | undefined;
  for (let entry = entryOf(epoch); entry !== undefined; entry = entryOf(next(entry))) last = entry;
  return last;
}

function key(id: ActorId, epoch: Epoch): string {
  return `${epoch}:${id}`;
}
