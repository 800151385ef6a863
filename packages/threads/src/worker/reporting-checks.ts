import { type Checks, type ToMainFrame, TurnBatch } from "@process-hub/protocol";
import { groupedBy } from "./grouped-by.js";

interface Breach {
  readonly words: string;
  readonly detail: string | undefined;
}

/**
 * The checks of a thread in production: a breach is told to the main thread, which counts it; those of one turn go together.
 * Without it what breaks in a worker thread would be counted where nobody reads it.
 */
export class ReportingChecks implements Checks {
  readonly #breaches = new TurnBatch<Breach>((breaches) => this.#report(breaches));
  readonly #tellMain: (frame: Extract<ToMainFrame, { type: "invariantBroken" }>) => void;

  constructor(tellMain: (frame: Extract<ToMainFrame, { type: "invariantBroken" }>) => void) {
    this.#tellMain = tellMain;
  }

  invariant(holds: boolean, words: string, detail?: () => string): void {
    if (!holds) this.#breaches.add({ words, detail: detail?.() });
  }

  mark(): void {}

  #report(breaches: readonly Breach[]): void {
    for (const group of groupedBy(breaches, ({ words }) => words)) {
      const [{ words, detail }] = group;
      this.#tellMain({ type: "invariantBroken", words, count: group.length, ...(detail === undefined ? {} : { detail }) });
    }
  }
}
