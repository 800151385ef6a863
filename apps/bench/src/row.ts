/*
 * What a row of the benchmark is, and what it measured.
 * Without one shape for all rows the table, the JSON and the check for losses would each know every row.
 */

/** Whose figure it is: ours, what the work costs at least, or another library's. */
export type Role = "subject" | "floor" | "peer";

/** What one contender of a row reached, over all rounds. */
export interface Figure {
  readonly name: string;
  readonly role: Role;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Processor time of the whole process for one operation, in microseconds: the figure that other work on the machine moves least. */
  readonly cpuUs?: number | undefined;
  /** This rate over the floor's, and the floor's processor time over this one's: medians of the ratios of each round. */
  readonly ofFloor?: number | undefined;
  readonly cpuOfFloor?: number | undefined;
  /** What else is to be said. */
  readonly note?: string | undefined;
}

/** What a row measured. */
export interface Measured {
  /** Of the figures, as in "per second". */
  readonly unit: string;
  readonly figures: readonly Figure[];
}

/** A row: what it measures, and what its floor is, in words. */
export interface Row {
  readonly name: string;
  readonly what: string;
  /** Absent: it has none. */
  readonly floor?: string;
  /** `quick`: in a few seconds, and less exact. */
  readonly measure: (quick: boolean) => Promise<Measured>;
}
