import { fromWireError, nodeLifeOf, type PlaceId, type WireError } from "@process-hub/protocol";
import type { Post } from "./post.js";
import type { PostPorts } from "./post-ports.js";

/** How many places that are down are remembered. One that was forgotten, and is written to, is told of again. */
const remembered = 1_000;

/** Who is not there for a post, or soon will not be: the places that are down, the nodes that leave; and what follows for its mail. */
export class Absences {
  readonly #post: Post;
  readonly #ports: PostPorts;
  readonly #own: string;
  readonly #down = new Map<string, WireError>();
  /** Dead threads of which something that they passed on may still lie unread somewhere. */
  readonly #unread = new Set<PlaceId>();
  /** Nodes (`node@incarnation`) that are about to leave. */
  readonly #leaving = new Set<string>();

  constructor(post: Post, ports: PostPorts, own: string) {
    this.#post = post;
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
  isUnread(dead: PlaceId): boolean {
    return this.#unread.has(dead);
  }

  /** True when that holds of no thread. */
  get settled(): boolean {
    return this.#unread.size === 0;
  }

  /** What waits for a place, or for a node with all its places, settles with the error. */
  placeDown(down: string, error: WireError): void {
    if (this.#down.has(down)) return;
    const { outlets, asks, routes } = this.#post;
    const isThread = down.includes("/");
    const waited = this.#unread.size > 0;
    if (isThread) this.#unread.add(down);
    else this.#forgetThreads(down);
    this.#down.set(down, error);
    for (const oldest of this.#down.keys()) if (this.#down.size > remembered) this.#down.delete(oldest);
    this.#leaving.delete(down);
    const isDown = (place: PlaceId): boolean => this.isDown(place);
    // What waits for another node's thread goes on its way, and is counted where that ends; what waits for one of this node is told below.
    if (!down.startsWith(this.#own)) outlets.flush();
    const severed = outlets.sever(isDown);
    for (const { place, posted } of severed) this.#ports.severed(place, posted);
    // That nothing had left for a thread of this node is news as well: its losses are counted when all have said.
    if (down.startsWith(this.#own) && severed.length === 0) this.#ports.severed(down, 0);
    asks.failWhere(
      (to, place) => isDown(place) || isDown(routes.placeOf(to) ?? place),
      () => fromWireError(error),
    );
    routes.placesDown();
    if (waited && this.#unread.size === 0) routes.settledDown();
  }

  /** All that a dead thread had passed on is in: those who sent by way of it may look for another. */
  placeSettled(place: PlaceId): void {
    if (this.#unread.delete(place)) this.#post.routes.settledDown();
  }

  /** A node (`node@incarnation`) that was down is a member again: it can be reached. */
  placeUp(up: string): void {
    this.#down.delete(up);
    this.#post.routes.back((place) => nodeLifeOf(place) === up);
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
      this.#post.send(to, { type: "placeDown", place, error });
      if (place.includes("/")) this.#post.send(to, { type: "placeSettled", place });
    }
  }

  /** A node is down, and says nothing more of its threads that were. */
  #forgetThreads(node: string): void {
    for (const place of this.#down.keys()) if (place.startsWith(`${node}/`)) this.#down.delete(place);
    for (const place of this.#unread) if (place.startsWith(`${node}/`)) this.#unread.delete(place);
  }
}
