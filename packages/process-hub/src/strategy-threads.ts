import { type Clock, HubConfigError, type StrayError } from "@process-hub/protocol";
import { inlineStrategies, type StrategyHost, strategyServer } from "@process-hub/strategies";
import { StrategyThread } from "@process-hub/threads/host";

/**
 * Runs strategies where they say: in the calling thread, or, marked by `ownThread`, in one of their own.
 * Without it a strategy marked by `ownThread` would run on the main thread, and hold up the heartbeats while it computes.
 */
export function strategyThreads(clock: Clock): StrategyHost {
  const threads: StrategyThread[] = [];
  let told = (_strategy: string, _stray: StrayError): void => {};
  return {
    open(strategy) {
      if (strategy.ownThread !== true) return inlineStrategies.open(strategy);
      const { module, name, settings } = strategy;
      if (module === undefined) {
        const allowed = "module: import.meta.url in its defineStrategy";
        throw new HubConfigError(`${name}.module: given nothing, allowed is ${allowed}`, { path: `${name}.module`, allowed });
      }
      const thread = new StrategyThread({
        clock,
        server: strategyServer,
        origin: { module, name, settings },
        stray: (stray) => told(name, stray),
      });
      threads.push(thread);
      return thread;
    },
    onStray(listener) {
      told = listener;
    },
    close() {
      for (const thread of threads.splice(0)) thread.close();
    },
  };
}
