import { totalmem } from "node:os";
import { performance } from "node:perf_hooks";
import type { LoadMeter } from "@process-hub/cluster";

/**
 * How busy this process is: its main thread, and the threads it is given.
 * Without it `loadBalanced` would take every node for idle.
 */
export class ProcessLoad implements LoadMeter {
  readonly #threads: { eventLoop(): number };
  #last = performance.eventLoopUtilization();

  constructor(threads: { eventLoop(): number }) {
    this.#threads = threads;
  }

  eventLoop(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return Math.max(utilization, this.#threads.eventLoop());
  }

  memory(): number {
    // 0, or more than there is: the process is not constrained.
    const limit = process.constrainedMemory();
    return process.memoryUsage.rss() / (limit > 0 ? Math.min(limit, totalmem()) : totalmem());
  }
}
