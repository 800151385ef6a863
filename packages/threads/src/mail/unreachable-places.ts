import { BoundedMap, nodeLifeOf, type PlaceId, type WireError } from "@process-hub/protocol";

/** How many places that are down are remembered. One that was forgotten, and is written to, is reported again. */
const remembered = 1_000;

/**
 * The places that are down, the dead threads that are undrained, and the nodes that leave: data that the parts of a mailer read.
 * Without it each part would keep its own list, and they would disagree on where mail may go.
 */
export class UnreachablePlaces {
  readonly #own: string;
  readonly #down = new BoundedMap<string, WireError>(remembered);
  /** Dead threads that are undrained: something they passed on may not have been taken in yet. */
  readonly #undrained = new Set<PlaceId>();
  /** Nodes (`node@incarnation`), and single places, that are about to leave. */
  readonly #leaving = new Set<string>();

  /** `own`: how the places of this node begin, `node@incarnation/`. */
  constructor(own: string) {
    this.#own = own;
  }

  /** True for a place that is down, and for one of a node (`node@incarnation`) that is. */
  isDown(place: string): boolean {
    return this.#down.size > 0 && (this.#down.has(place) || this.#down.has(place.slice(0, place.lastIndexOf("/"))));
  }

  /** The error that a place, or its node, is down of; undefined when it is not. */
  downOf(place: PlaceId): WireError | undefined {
    return this.#down.get(place) ?? this.#down.get(nodeLifeOf(place));
  }

  isLeaving(place: PlaceId): boolean {
    return this.#leaving.size > 0 && (this.#leaving.has(nodeLifeOf(place)) || this.#leaving.has(place));
  }

  /** True while something that a dead thread passed on may not have been taken in. */
  isUndrained(dead: PlaceId): boolean {
    return this.#undrained.has(dead);
  }

  /** True when that holds of no thread. */
  get allDrained(): boolean {
    return this.#undrained.size === 0;
  }

  /** The places and nodes that are down, and of what, oldest first. */
  get down(): Iterable<readonly [string, WireError]> {
    return this.#down;
  }

  /** The threads of this node that have died, and of what. */
  ownDead(): [place: PlaceId, error: WireError][] {
    return [...this.#down].filter(([place]) => place.startsWith(this.#own));
  }

  /** Notes that a place, or a node with all its places, is down. False when that was known. */
  noteDown(down: string, error: WireError): boolean {
    if (this.#down.has(down)) return false;
    if (down.includes("/")) this.#undrained.add(down);
    else this.#forgetThreads(down);
    this.#down.set(down, error);
    this.#leaving.delete(down);
    return true;
  }

  /** Notes that all that a dead thread had passed on is in. False when that was known. */
  noteDrained(place: PlaceId): boolean {
    return this.#undrained.delete(place);
  }

  /** Notes that a node (`node@incarnation`) that was down is a member again. */
  noteUp(up: string): void {
    this.#down.delete(up);
  }

  /** Notes that a node (`node@incarnation`), or a single place, is about to leave. */
  noteLeaving(leaver: string): void {
    this.#leaving.add(leaver);
  }

  /** A node is down, and says nothing more of its threads that were. */
  #forgetThreads(node: string): void {
    for (const [place] of this.#down) if (place.startsWith(`${node}/`)) this.#down.delete(place);
    for (const place of this.#undrained) if (place.startsWith(`${node}/`)) this.#undrained.delete(place);
  }
}
