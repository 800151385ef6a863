/**
 * The checks of production: a breach is counted by its words, and the first of each is told.
 * Without it either a running system would stop for a breach it survives, or nobody would hear of one.
 */
import type { Checks } from "./checks.js";

/** Counts breaches; marks cost nothing and are not kept. */
export class CountingChecks implements Checks {
  readonly #log: (words: string, detail: string | undefined) => void;
  readonly #broken = new Map<string, number>();

  /** `log` is called once for each invariant, at its first breach. */
  constructor(log: (words: string, detail: string | undefined) => void) {
    this.#log = log;
  }

  /** How often each invariant was broken, by its words; absent: never. */
  get broken(): ReadonlyMap<string, number> {
    return this.#broken;
  }

  invariant(holds: boolean, words: string, detail?: () => string): void {
    if (holds) return;
    const before = this.#broken.get(words) ?? 0;
    this.#broken.set(words, before + 1);
    if (before === 0) this.#log(words, detail?.());
  }

  mark(): void {}
}
