import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  nodeLifeOf,
  type PlaceId,
  type ThreadSettings,
} from "@process-hub/protocol";
import type { Asks } from "./asks.js";
import type { Delivery } from "./delivery.js";
import { DrainProbes, type Way } from "./drain-probes.js";
import type { Forwarding, Forwardings } from "./forwardings.js";
import type { Routes } from "./routes.js";
import type { UnreachablePlaces } from "./unreachable-places.js";

/** From this many routes on, those that nobody uses are forgotten. */
export const pruneAbove = 10_000;

/** The ports of the cleanup. */
export interface ForwardingCleanupPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly settings: Pick<ThreadSettings, "markerRetryMs" | "evacuationLookMs" | "deliveryMs">;
  readonly forwardings: Forwardings;
  readonly routes: Pick<Routes, "size" | "evacuate" | "prune">;
  readonly asks: Pick<Asks, "waitingAt">;
  readonly unreachable: Pick<UnreachablePlaces, "isDown" | "isUndrained">;
  readonly delivery: Pick<Delivery, "dispatch">;
  /** True when nothing more is sent. */
  readonly isClosed: () => boolean;
}

/**
 * Ends what this place passes on: by forwarding entries that are idle, to a node that leaves, and for a place that died. Each ends when
 * a marker behind the last message that went that way is answered. Without that answer mail still on the way would be lost.
 */
export class ForwardingCleanup {
  readonly #ports: ForwardingCleanupPorts;
  readonly #probes: DrainProbes;
  #sweeping = false;

  constructor(ports: ForwardingCleanupPorts) {
    this.#ports = ports;
    this.#probes = new DrainProbes({
      clock: ports.clock,
      retryMs: ports.settings.markerRetryMs,
      isDown: (other) => ports.unreachable.isDown(other),
      nextMarkerId: () => ports.forwardings.nextMarkerId(),
      send: (way, markerId) => this.#sendAlong(way, markerId),
    });
  }

  /** A marker along an entry was answered, or came back. */
  answered(markerId: number): void {
    this.#ports.forwardings.answered(markerId);
    this.#probes.answered(markerId);
  }

  /**
   * Resolves when what went on from here has arrived, all that came from a dead place among it; or when nobody waits for that.
   * `keeping`: actors on their way, whose mail is kept aside until they are elsewhere, or here again.
   */
  whenDrained(dead: PlaceId, keeping: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    const { place, forwardings, unreachable, isClosed } = this.#ports;
    const kept = keeping.map(({ id, epoch }) => ({ id, to: place, nextEpoch: epoch }));
    const ways = [...forwardings.towards(() => true), ...kept];
    return this.#probes.behind(ways, () => isClosed() || !unreachable.isUndrained(dead));
  }

  /**
   * Resolves when neither a route nor an entry leads to a node (`node@incarnation`), or a single place, that leaves, and no ask waits there: each is answered
   * there, or its next place tells of it.
   */
  evacuate(node: string): Promise<void> {
    const { clock, checks, settings, forwardings, routes, asks, unreachable, isClosed } = this.#ports;
    // To a thread that died nothing is passed on, and no marker is answered there.
    const leads = (place: PlaceId): boolean => (nodeLifeOf(place) === node || place === node) && !unreachable.isDown(place);
    return new Promise((resolve) => {
      const look = (): void => {
        const entries = forwardings.towards(leads);
        const nowMs = clock.now();
        for (const entry of entries) {
          if (entry.markerId === 0) this.#askAlong(entry);
          else if (nowMs - entry.askedAtMs >= settings.markerRetryMs) this.#askAgain(entry);
        }
        const left = routes.evacuate() + entries.length + asks.waitingAt(leads);
        if (left === 0) checks.mark("evacuated");
        if (left === 0 || isClosed() || unreachable.isDown(node)) resolve();
        else clock.setTimeout(look, settings.evacuationLookMs);
      };
      look();
    });
  }

  /** Looks for idle entries from now on, for as long as there are any. */
  sweepLater(): void {
    const { clock, settings, forwardings, routes, isClosed } = this.#ports;
    if (this.#sweeping || isClosed()) return;
    this.#sweeping = true;
    clock.setTimeout(() => {
      this.#sweeping = false;
      this.#sweep();
      if (forwardings.size > 0 || routes.size > pruneAbove) this.sweepLater();
    }, settings.deliveryMs / 2);
  }

  #sweep(): void {
    const { clock, settings, forwardings, routes, unreachable } = this.#ports;
    const nowMs = clock.now();
    for (const entry of forwardings.idle(nowMs, settings.deliveryMs)) {
      if (unreachable.isDown(entry.to)) forwardings.drop(entry);
      else if (entry.markerId === 0 || nowMs - entry.askedAtMs > settings.deliveryMs) this.#askAlong(entry);
    }
    if (routes.size > pruneAbove) routes.prune(settings.deliveryMs);
  }

  /** Asks whether all that an entry passed on has arrived. */
  #askAlong(entry: Forwarding): void {
    const { forwardings, clock } = this.#ports;
    const markerId = forwardings.nextMarkerId();
    forwardings.asked(entry, markerId, clock.now());
    this.#sendAlong(entry, markerId);
  }

  /** Sends the same marker once more, since it may have died with a place on its way. Either answer will do. */
  #askAgain(entry: Forwarding): void {
    entry.askedAtMs = this.#ports.clock.now();
    this.#sendAlong(entry, entry.markerId);
  }

  #sendAlong({ id, nextEpoch, to }: Way, markerId: number): void {
    const { place, delivery } = this.#ports;
    delivery.dispatch({ kind: "marker", to: id, epoch: nextEpoch, markerId, origin: place }, to);
  }
}
