import { fromWireError, nodeLifeOf, type PlaceId, type WireError } from "@process-hub/protocol";
import type { Mailer } from "./mailer.js";
import type { MailerPorts } from "./mailer-ports.js";

/** How many places that are down are remembered. One that was forgotten, and is written to, is told of again. */
const remembered = 1_000;

/** Who is not there for a mailer, or soon will not be: the places that are down, the nodes that leave; and what follows for its mail. */
export class UnreachablePlaces {
  readonly #mailer: Mailer;
  readonly #ports: MailerPorts;
  readonly #own: string;
  readonly #down = new Map<string, WireError>();
  /** Dead threads of which something that they passed on may still lie unread somewhere. */
  readonly #undrained = new Set<PlaceId>();
  /** Nodes (`node@incarnation`) that are about to leave. */
  readonly #leaving = new Set<string>();

  constructor(mailer: Mailer, ports: MailerPorts, own: string) {
    this.#mailer = mailer;
    this.#ports = ports;
    this.#own = own;
  }

  /** True for a place that is down, and for one of a node (`node@incarnation`) that is. */
  isDown(place: string): boolean {
    return this.#down.size > 0 && (this.#down.has(place) || this.#down.has(place.slice(0, place.lastIndexOf("/"))));
  }

  isLeaving(place: PlaceId): boolean {
    return this.#leaving.has(nodeLifeOf(place));
  }

  /** True when something that a dead thread passed on may still lie unread. */
  isUndrained(dead: PlaceId): boolean {
    return this.#undrained.has(dead);
  }

  /** True when that holds of no thread. */
  get settled(): boolean {
    return this.#undrained.size === 0;
  }

  /** What waits for a place, or for a node with all its places, settles with the error. */
  placeDown(down: string, error: WireError): void {
    if (this.#down.has(down)) return;
    const { outboxes, asks, routes } = this.#mailer;
    const isThread = down.includes("/");
    const waited = this.#undrained.size > 0;
    if (isThread) this.#undrained.add(down);
    else this.#forgetThreads(down);
    this.#down.set(down, error);
    for (const oldest of this.#down.keys()) if (this.#down.size > remembered) this.#down.delete(oldest);
    this.#leaving.delete(down);
    const isDown = (place: PlaceId): boolean => this.isDown(place);
    // What waits for another node's thread goes on its way, and is counted where that ends; what waits for one of this node is told below.
    if (!down.startsWith(this.#own)) outboxes.flush();
    const severed = outboxes.sever(isDown);
    for (const { place, posted } of severed) this.#ports.severed(place, posted);
    // That nothing had left for a thread of this node is news as well: its losses are counted when all have said.
    if (down.startsWith(this.#own) && severed.length === 0) this.#ports.severed(down, 0);
    asks.failWhere(
      (to, place) => isDown(place) || isDown(routes.placeOf(to) ?? place),
      () => fromWireError(error),
    );
    routes.placesDown();
    if (waited && this.#undrained.size === 0) routes.settledDown();
  }

  /** All that a dead thread had passed on is in: those who sent by way of it may look for another. */
  placeDrained(place: PlaceId): void {
    if (this.#undrained.delete(place)) this.#mailer.routes.settledDown();
  }

  /** A node (`node@incarnation`) that was down is a member again: it can be reached. */
  placeUp(up: string): void {
    this.#down.delete(up);
    this.#mailer.routes.back((place) => nodeLifeOf(place) === up);
  }

  /** A node (`node@incarnation`) is about to leave: no route is to lead there any more. */
  nodeLeaves(node: string): void {
    this.#leaving.add(node);
  }

  /** The threads of this node that have died, and of what. */
  ownDead(): [place: PlaceId, error: WireError][] {
    return [...this.#down].filter(([place]) => place.startsWith(this.#own));
  }

  /** Tells a new thread what is down: news that comes late may name it still. By way of those it has sent nothing. */
  tell(to: PlaceId): void {
    for (const [place, error] of this.#down) {
      this.#mailer.send(to, { type: "placeDown", place, error });
      if (place.includes("/")) this.#mailer.send(to, { type: "placeDrained", place });
    }
  }

  /** A node is down, and says nothing more of its threads that were. */
  #forgetThreads(node: string): void {
    for (const place of this.#down.keys()) if (place.startsWith(`${node}/`)) this.#down.delete(place);
    for (const place of this.#undrained) if (place.startsWith(`${node}/`)) this.#undrained.delete(place);
  }
}
