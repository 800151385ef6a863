/*
 * Finds the shortest beginning of a story that still breaks a promise which holds at rest.
 * Without it a failure would show the end of a long story, far from its cause.
 */
import { SimulationError } from "./simulation-error.js";

/** The promise that a problem names: `P6` of "P6: ...". */
const promiseOf = (problem: string): string | undefined => /^[PR]\d(?=:)/.exec(problem)?.[0];

/**
 * Shortens a story that breaks a promise which holds at rest. Such a promise says nothing of a history in the middle, so the history cannot
 * be cut. The story is told again with fewer steps, found by halving; after them the cluster settles (cuts heal, frozen nodes go on,
 * nothing is lost) and is checked. Resolves with the error of the shortest story that still breaks the promise, or with `whole` when none
 * does. `tell` tells the first steps of the story, up to a number; it rejects with the promises broken then.
 */
export async function shortest(
  whole: SimulationError,
  steps: readonly string[],
  tell: (limit: number) => Promise<unknown>,
): Promise<SimulationError> {
  const broken = new Set(whole.problems.map(promiseOf));
  if (whole.prefix !== undefined || broken.has(undefined)) return whole;
  const fails = async (limit: number): Promise<SimulationError | undefined> => {
    const error: unknown = await tell(limit).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof SimulationError && error.problems.some((problem) => broken.has(promiseOf(problem)))
      ? error
      : undefined;
  };
  // The last step is the check that failed.
  let breaks = steps.length - 1;
  let found = await fails(breaks);
  if (found === undefined) return whole;
  let keeps = -1;
  while (breaks - keeps > 1) {
    const middle = Math.floor((keeps + breaks) / 2);
    const error = await fails(middle);
    if (error === undefined) keeps = middle;
    else {
      breaks = middle;
      found = error;
    }
  }
  const { seed, problems, history } = whole;
  const last = steps[breaks - 1] ?? "none";
  return new SimulationError(seed, problems, history, { shorter: { steps: breaks, of: steps.length, last, error: found } });
}
