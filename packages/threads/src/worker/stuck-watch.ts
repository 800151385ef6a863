import type { StuckHandler } from "@process-hub/actor";
import type { ActorId, Clock, ToMainFrame } from "@process-hub/protocol";

/** A cell, as the watch sees it. */
export interface Watched {
  readonly id: ActorId;
  /** True when it has no handler in hand. */
  readonly isIdle: boolean;
  /** A handler that has run for long enough and is not yet reported; undefined: none is. */
  stuck(nowMs: number, afterMs: number): StuckHandler | undefined;
  /** Ends the asks that wait behind the handler and whose time is over: their room, and their senders' credit, are free again. */
  freeExpired(): void;
}

/** The ports of a stuck watch. */
interface StuckWatchPorts {
  readonly clock: Clock;
  readonly settings: { readonly stuckAfterMs: number };
  readonly tellMain: (frame: Extract<ToMainFrame, { type: "stuck" }>) => void;
}

/**
 * While async handlers are in hand, looks for those that do not end: each is reported once to the main thread, and asks that nobody waits for any
 * more do not wait behind it.
 * Without it an actor that waits for ever would look like one that has nothing to do.
 */
export class StuckWatch {
  readonly #ports: StuckWatchPorts;
  readonly #inHand = new Set<Watched>();
  #watching = false;

  constructor(ports: StuckWatchPorts) {
    this.#ports = ports;
  }

  /** A handler of the cell is in hand. */
  begun(cell: Watched): void {
    this.#inHand.add(cell);
    if (!this.#watching) this.#watch();
  }

  /** One has ended. */
  ended(cell: Watched): void {
    if (cell.isIdle) this.#inHand.delete(cell);
  }

  #watch(): void {
    this.#watching = true;
    const { clock, settings } = this.#ports;
    clock.setTimeout(() => this.#look(), settings.stuckAfterMs / 2);
  }

  #look(): void {
    this.#watching = false;
    const { clock, settings, tellMain } = this.#ports;
    const nowMs = clock.now();
    const after = settings.stuckAfterMs;
    for (const cell of this.#inHand) {
      cell.freeExpired();
      if (cell.isIdle) this.#inHand.delete(cell);
      for (let one = cell.stuck(nowMs, after); one !== undefined; one = cell.stuck(nowMs, after))
        tellMain({ type: "stuck", id: cell.id, ...one });
    }
    if (this.#inHand.size > 0) this.#watch();
  }
}
