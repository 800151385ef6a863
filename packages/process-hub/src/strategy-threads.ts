import { type Clock, HubConfigError } from "@process-hub/protocol";
import { inlineStrategies, type StrategyHost, strategyServer } from "@process-hub/strategies";
import { StrategyThread } from "@process-hub/threads/host";

/** Runs strategies where they say: in the calling thread, or, marked by `ownThread`, in one of their own that ends when the port is closed. */
export function strategyThreads(clock: Clock): StrategyHost {
  return {
    open(strategy) {
      if (strategy.ownThread !== true) return inlineStrategies.open(strategy);
      const { module, name, settings } = strategy;
      if (module !== undefined) return new StrategyThread({ clock, server: strategyServer, origin: { module, name, settings } });
      const allowed = "module: import.meta.url in its defineStrategy";
      throw new HubConfigError(`${name}.module: given nothing, allowed is ${allowed}`, { path: `${name}.module`, allowed });
    },
  };
}
