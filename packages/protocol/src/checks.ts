import type { MarkName } from "./mark-names.js";

/**
 * What the code says of itself while it runs: what must hold, and which rare paths were taken. An argument like the clock.
 * Without it a broken rule is seen where it hurts at last, and not where it broke.
 */
export interface Checks {
  /**
   * Says that something holds here, in fixed words ("credit is never above what was sent"): they are the name under which a breach is counted.
   * The figures of the moment go into `detail`, which is called for a breach alone. Under simulation a breach throws; in production it is
   * counted, the first of each is logged, and the code goes on.
   */
  invariant(holds: boolean, words: string, detail?: () => string): void;
  /** Says that a rare path was taken. */
  mark(name: MarkName): void;
}

/** Looks at nothing. */
export const noChecks: Checks = Object.freeze({ invariant: () => {}, mark: () => {} });
