/*
 * Runs several contenders in turn, and sums up their rates.
 * Without it a machine that gets slower during a run would favour the contender measured first.
 */
/** One way to do the work: does `count` of them, and returns when each is verified. */
export interface Contender {
  readonly name: string;
  readonly run: (count: number) => Promise<void>;
}

/** Rates of a contender over the rounds, per second. */
export interface Rates {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Runs the contenders in turn, A B C A B C, after a warm-up each, so that a drifting machine treats them alike. */
export async function interleaved(contenders: readonly Contender[], count: number, rounds: number): Promise<Rates[]> {
  const rates = contenders.map((): number[] => []);
  for (const { run } of contenders) await run(Math.ceil(count / 5));
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const fromMs = performance.now();
      await run(count);
      rates[i]?.push((count / (performance.now() - fromMs)) * 1_000);
    }
  }
  return contenders.map(({ name }, i) => ({ name, ...spread(rates[i] ?? []) }));
}

/** Runs `work` for 0 to `count - 1` with at most `inFlight` at a time. */
export async function withInFlight(count: number, inFlight: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

function spread(values: readonly number[]): Omit<Rates, "name"> {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? 0, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}
