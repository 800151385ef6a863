import type { StrategyPort, StrayError } from "@process-hub/protocol";
import type { AnyStrategy } from "./any-strategy.js";
import { memoryPorts } from "./memory-ports.js";
import { serveStrategy } from "./serve-strategy.js";

/**
 * Where strategies run.
 * Without this interface the hub would have to know which strategies run in a thread of their own.
 */
export interface StrategyHost {
  /** Runs the strategy and gives the coordinator's end of its channel. */
  open(strategy: AnyStrategy): StrategyPort;
  /** Who hears of the errors that nobody handles in the threads of strategies; without it nobody does. */
  onStray?(listener: (strategy: string, stray: StrayError) => void): void;
  /** Ends what it runs: nothing is answered any more. */
  close(): void;
}

/** Runs every strategy in the calling thread, where there is nothing to end; each question is answered before it returns. */
export const inlineStrategies: StrategyHost = Object.freeze<StrategyHost>({
  open(strategy) {
    const [here, there] = memoryPorts();
    serveStrategy(strategy, there);
    return here;
  },
  close() {},
});
