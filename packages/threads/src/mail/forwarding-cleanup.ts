import { type ActorId, type Epoch, nodeLifeOf, type PlaceId } from "@process-hub/protocol";
import { DrainProbes, type Way } from "./drain-probes.js";
import type { Forwarding } from "./forwardings.js";
import type { Mailer } from "./mailer.js";
import type { MailerPorts } from "./mailer-ports.js";

/** From this many routes on, those that nobody uses are forgotten. */
export const pruneAbove = 10_000;

/**
 * Brings to an end what goes on from here: forwarding entries that are idle, all that leads to a node that leaves, and what came
 * by way of a place that died. A marker is sent behind what went that way; when it is answered, nothing is left there.
 */
export class ForwardingCleanup {
  readonly #mailer: Mailer;
  readonly #ports: MailerPorts;
  readonly #probes: DrainProbes;
  #sweeping = false;

  constructor(mailer: Mailer, ports: MailerPorts) {
    this.#mailer = mailer;
    this.#ports = ports;
    this.#probes = new DrainProbes({
      clock: ports.clock,
      retryMs: ports.settings.markerRetryMs,
      isDown: (other) => mailer.isDown(other),
      nextMarkerId: () => mailer.forwardings.nextMarkerId(),
      send: (way, markerId) => this.#sendAlong(way, markerId),
    });
  }

  /** A marker along an entry was answered, or came back. */
  answered(markerId: number): void {
    this.#mailer.forwardings.answered(markerId);
    this.#probes.answered(markerId);
  }

  /** Resolves when what went on from here has arrived: see `Mailer.passedOn`. */
  passedOn(dead: PlaceId, keeping: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    const { forwardings, unreachable } = this.#mailer;
    const kept = keeping.map(({ id, epoch }) => ({ id, to: this.#ports.place, nextEpoch: epoch }));
    const ways = [...forwardings.towards(() => true), ...kept];
    return this.#probes.behind(ways, () => this.#mailer.closed || !unreachable.isUndrained(dead));
  }

  /** Resolves when nothing leads to a node that leaves: see `Mailer.evacuate`. */
  evacuate(node: string): Promise<void> {
    const { clock, settings } = this.#ports;
    const { forwardings, routes, unreachable } = this.#mailer;
    // To a thread that died nothing is passed on, and no marker is answered there.
    const leads = (place: PlaceId): boolean => nodeLifeOf(place) === node && !unreachable.isDown(place);
    unreachable.nodeLeaves(node);
    return new Promise((resolve) => {
      const look = (): void => {
        const entries = forwardings.towards(leads);
        const nowMs = clock.now();
        for (const entry of entries) {
          if (entry.markerId === 0) this.#askAlong(entry);
          else if (nowMs - entry.askedAtMs >= settings.markerRetryMs) this.#askAgain(entry);
        }
        const left = routes.evacuate() + entries.length;
        if (left === 0 || this.#mailer.closed || unreachable.isDown(node)) resolve();
        else clock.setTimeout(look, settings.evacuationLookMs);
      };
      look();
    });
  }

  /** Looks for idle entries from now on, for as long as there are any. */
  sweepLater(): void {
    if (this.#sweeping || this.#mailer.closed) return;
    this.#sweeping = true;
    const { clock, settings } = this.#ports;
    clock.setTimeout(() => {
      this.#sweeping = false;
      this.#sweep();
      if (this.#mailer.forwardings.size > 0 || this.#mailer.routes.size > pruneAbove) this.sweepLater();
    }, settings.deliveryMs / 2);
  }

  #sweep(): void {
    const { clock, settings } = this.#ports;
    const { forwardings, routes } = this.#mailer;
    const nowMs = clock.now();
    for (const entry of forwardings.idle(nowMs, settings.deliveryMs)) {
      if (this.#mailer.isDown(entry.to)) forwardings.drop(entry);
      else if (entry.markerId === 0 || nowMs - entry.askedAtMs > settings.deliveryMs) this.#askAlong(entry);
    }
    if (routes.size > pruneAbove) routes.prune(settings.deliveryMs);
  }

  /** Asks whether all that an entry passed on has arrived. */
  #askAlong(entry: Forwarding): void {
    const { forwardings } = this.#mailer;
    const markerId = forwardings.nextMarkerId();
    forwardings.asked(entry, markerId, this.#ports.clock.now());
    this.#sendAlong(entry, markerId);
  }

  /** The marker may have died with a place that it came through: the same once more, since either answer says what is asked. */
  #askAgain(entry: Forwarding): void {
    entry.askedAtMs = this.#ports.clock.now();
    this.#sendAlong(entry, entry.markerId);
  }

  #sendAlong({ id, nextEpoch, to }: Way, markerId: number): void {
    this.#mailer.delivery.dispatch({ kind: "marker", to: id, epoch: nextEpoch, markerId, origin: this.#ports.place }, to);
  }
}
