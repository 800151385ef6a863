import type { Cell } from "@process-hub/actor";
import type { Runner } from "./runner.js";

/** While async handlers are in hand, looks for those that do not end: each is reported once to the main thread. */
export class StuckWatch {
  readonly #runner: Runner;
  readonly #inHand = new Set<Cell>();
  #watching = false;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** A handler of the cell is in hand. */
  begun(cell: Cell): void {
    this.#inHand.add(cell);
    if (!this.#watching) this.#watch();
  }

  /** None is. */
  ended(cell: Cell): void {
    this.#inHand.delete(cell);
  }

  #watch(): void {
    this.#watching = true;
    const { clock, settings } = this.#runner;
    clock.setTimeout(() => this.#look(), settings.stuckAfterMs / 2);
  }

  #look(): void {
    this.#watching = false;
    const { clock, settings, mailer, main } = this.#runner;
    const nowMs = clock.now();
    for (const cell of this.#inHand) {
      const forMs = cell.stuckForMs(nowMs, settings.stuckAfterMs);
      if (forMs === undefined) continue;
      mailer.send(main, { type: "stuck", id: cell.id, message: cell.inHand?.name ?? "start", forMs });
    }
    if (this.#inHand.size > 0) this.#watch();
  }
}
