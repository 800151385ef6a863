/**
 * The checks of a worker thread in production: a broken invariant is reported to the main thread, which counts all of its node's.
 * Without it a breach in a thread, where nearly all code runs, would be seen by nobody.
 */
import { type Checks, type ToMainFrame, TurnBatch } from "@process-hub/protocol";

type Broken = Extract<ToMainFrame, { type: "invariantsBroken" }>["broken"];

/** Tells what was broken in one turn in one frame, by its words: how often, and the figures of the first time. */
export class ReportedChecks implements Checks {
  readonly #breaches: TurnBatch<{ readonly words: string; readonly detail: string | undefined }>;

  constructor(tell: (broken: Broken) => void) {
    this.#breaches = new TurnBatch((breaches) => {
      const byWords = new Map<string, Broken[number]>();
      for (const { words, detail } of breaches) {
        const known = byWords.get(words);
        if (known === undefined) byWords.set(words, { words, times: 1, ...(detail === undefined ? {} : { detail }) });
        else known.times++;
      }
      tell([...byWords.values()]);
    });
  }

  invariant(holds: boolean, words: string, detail?: () => string): void {
    if (!holds) this.#breaches.add({ words, detail: detail?.() });
  }

  mark(): void {}
}
