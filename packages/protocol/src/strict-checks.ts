/**
 * The checks of simulations and tests: a breach throws where it happens, and stays on record.
 * Without the record a `catch` between the breach and the story would hide it.
 */
import type { Checks } from "./checks.js";
import type { MarkName } from "./mark-names.js";

/** Something that must always hold did not: a bug of this project, never of its user. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";
  /** What must hold, in its fixed words. */
  readonly words: string;

  constructor(words: string, detail?: string) {
    super(detail === undefined ? words : `${words}: ${detail}`);
    this.words = words;
  }
}

/** Throws at a breach, and counts the marks. */
export class StrictChecks implements Checks {
  readonly #marked = new Map<MarkName, number>();
  #first: InvariantBroken | undefined;

  /** The first breach, also when the code caught what was thrown. */
  get first(): InvariantBroken | undefined {
    return this.#first;
  }

  /** How often each path was taken; absent: never. */
  get marked(): ReadonlyMap<MarkName, number> {
    return this.#marked;
  }

  invariant(holds: boolean, words: string, detail?: () => string): void {
    if (holds) return;
    const broken = new InvariantBroken(words, detail?.());
    this.#first ??= broken;
    throw broken;
  }

  mark(name: MarkName): void {
    this.#marked.set(name, (this.#marked.get(name) ?? 0) + 1);
  }
}
