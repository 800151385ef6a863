/*
 * Finds the longest rounds of this thread's event loop, and how much of each was garbage collection.
 * Without it a long turn would be a number that nobody can find in a profile, or a collection that is taken for work.
 */
import { readFileSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";

/** One of the longest of some rounds. Times in milliseconds. */
export interface LongRound {
  /** Time of the processor where the system tells it (Linux), else time that passed: other processes do not count. */
  readonly longMs: number;
  /** Of that, the pauses of garbage collection. */
  readonly collectingMs: number;
  /** When it began and ended, by the clock of `--cpu-prof`: microseconds of `process.hrtime`. */
  readonly fromUs: number;
  readonly toUs: number;
}

interface Round {
  readonly tookMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rounds that are shorter than this are not kept one by one. */
const keptMs = 5;
/** So many of the longest are told of. */
const mostTold = 10;

/** What the main thread has had of the processor, in milliseconds; undefined where the system does not tell. */
function processorMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Looks at the clock every millisecond, or as soon as the round in hand ends. */
export class TurnWatch {
  readonly #now = processorMs() === undefined ? () => performance.now() : () => processorMs() ?? 0;
  readonly #hrtimeAheadMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  #lastMs = this.#now();
  #lastAtMs = performance.now();
  #rounds: Round[] = [];
  #collections: { readonly startTime: number; readonly duration: number }[] = [];
  #next = setTimeout(() => this.#look(), 1);
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) this.#collections.push({ startTime, duration });
  });

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  #look(): void {
    const tookMs = this.#now() - this.#lastMs;
    const atMs = performance.now();
    if (tookMs > keptMs) this.#rounds.push({ tookMs, fromMs: this.#lastAtMs, toMs: atMs });
    this.#lastMs = this.#now();
    this.#lastAtMs = performance.now();
    this.#next = setTimeout(() => this.#look(), 1);
  }

  /** The longest rounds since the last call, the longest first; to be called some rounds after these, since collections are told of late. */
  take(): LongRound[] {
    const longest = this.#rounds.sort((a, b) => b.tookMs - a.tookMs).slice(0, mostTold);
    const us = (ms: number): number => Math.round((ms + this.#hrtimeAheadMs) * 1e3);
    const told = longest.map(({ tookMs, fromMs, toMs }) => {
      let collectingMs = 0;
      for (const { startTime, duration } of this.#collections)
        if (startTime >= fromMs && startTime < toMs) collectingMs += Math.min(duration, toMs - startTime);
      return { longMs: tookMs, collectingMs: Math.min(collectingMs, tookMs), fromUs: us(fromMs), toUs: us(toMs) };
    });
    this.#rounds = [];
    this.#collections = [];
    return told;
  }

  stop(): void {
    clearTimeout(this.#next);
    this.#observer.disconnect();
  }
}
