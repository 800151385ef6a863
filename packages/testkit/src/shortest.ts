import { SimulationError } from "./simulation-error.js";

/** The promise that a problem names: `P6` of "P6: ...". */
const promiseOf = (problem: string): string | undefined => /^[PR]\d(?=:)/.exec(problem)?.[0];

/**
 * What is promised at rest can be broken by all of a story and by no beginning of its history: each is on its way somewhere. So the story is
 * told again and cut short after ever fewer steps, after each of which the cluster settles (cuts heal, frozen nodes go on, nothing is lost) and the
 * checks. Resolves with the error of the shortest that still breaks the promise, found by halving, or with `whole` when none does.
 * `tell` tells the first so many steps; it rejects with what is broken then.
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
