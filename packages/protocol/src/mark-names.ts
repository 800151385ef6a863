/**
 * The rare paths that a campaign of simulated lives is to take, each with what the campaign owes it.
 * Without the list nobody would see that a path has not run for weeks, and a mark with a slip in its name would count nothing.
 */

/** Every mark: `must`: a campaign that never comes by fails; `may`: it is counted and shown. */
export const marks = {
  /** An actor that was sealed for a move runs on where it was. */
  moveTakenBack: "must",
  /** An actor whose move had been committed came back to its source. */
  moveReturned: "must",
  /** A duplicate gave way to the copy that goes on. */
  duplicateYielded: "must",
  /** An actor restarted too often and was given up. */
  restartsUsedUp: "may",
  /** A handler was given up at a deadline, and what it came to was dropped. */
  workGivenUp: "may",
} as const satisfies Readonly<Record<string, "must" | "may">>;

/** The name of one mark. */
export type MarkName = keyof typeof marks;

/** All names, in the order of the list. */
export const markNames: readonly MarkName[] = Object.keys(marks) as MarkName[];

/** The marks that a campaign must have reached at least once. */
export const mustReach: readonly MarkName[] = markNames.filter((name) => (marks[name] as "must" | "may") === "must");
