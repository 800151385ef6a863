/*
 * Runs several contenders in turn, and sums up their rates, their processor time and what these are of the floor's.
 * Without it a machine that gets slower during a run would favour the contender measured first.
 */
import type { Figure, Role } from "./row.js";

/** One way to do the work: does `count` of them, and returns when each is verified. */
export interface Contender {
  readonly name: string;
  readonly role: Role;
  /** It does so many times the work of the others in each round, since it is so much faster. Default: 1. */
  readonly scale?: number;
  readonly run: (count: number) => Promise<void>;
}

/** One round of one contender: operations per second, and processor time of the process for one. */
interface Round {
  readonly rate: number;
  readonly cpuUs: number;
}

/** Runs the contenders in turn, A B C A B C, after a warm-up each, so that a drifting machine treats them alike. */
export async function interleaved(contenders: readonly Contender[], count: number, rounds: number): Promise<Figure[]> {
  const done = contenders.map((): Round[] => []);
  for (const contender of contenders) for (let i = 0; i < 2; i++) await once(contender, Math.ceil(count / 4));
  for (let round = 0; round < rounds; round++)
    for (const [i, contender] of contenders.entries()) done[i]?.push(await once(contender, count));
  const floor = done[contenders.findIndex(({ role }) => role === "floor")];
  return contenders.map(({ name, role }, i) => {
    const own = done[i] ?? [];
    const rates = own.map(({ rate }) => rate);
    const figure = { name, role, ...spread(rates), cpuUs: median(own.map(({ cpuUs }) => cpuUs)) };
    if (floor === undefined) return figure;
    const ofFloor = median(own.map(({ rate }, n) => rate / (floor[n]?.rate ?? Number.NaN)));
    const cpuOfFloor = median(own.map(({ cpuUs }, n) => (floor[n]?.cpuUs ?? Number.NaN) / cpuUs));
    return { ...figure, ofFloor, cpuOfFloor };
  });
}

async function once({ run, scale = 1 }: Contender, count: number): Promise<Round> {
  const all = count * scale;
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  await run(all);
  const tookMs = performance.now() - fromMs;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: (all / tookMs) * 1_000, cpuUs: (user + system) / all };
}

/** Runs `work` for 0 to `count - 1` with at most `inFlight` at a time. */
export async function withInFlight(count: number, inFlight: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

/** The median, the least and the greatest. */
export function spread(values: readonly number[]): { median: number; min: number; max: number } {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
