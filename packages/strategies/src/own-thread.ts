import { HubConfigError } from "@process-hub/protocol";
import type { AnyStrategy } from "./any-strategy.js";

/**
 * The same strategy, to be run in a worker thread of its own: what it takes to decide does not hold up the hub, and when it hangs or dies
 * only its answers fail. The thread imports the strategy's `module` and makes it anew from its settings.
 * Without it a strategy that computes for long would hold up the heartbeats of its node.
 *
 * Distribution and migration are asked in the middle of other decisions: those stay on the main thread.
 *
 * @throws HubConfigError when the strategy does not say which module exports it
 * @example createHub({ id: "shop", synchronization: ownThread(gossip()) })
 */
export function ownThread<S extends AnyStrategy>(strategy: S): S {
  if (strategy.module !== undefined) return Object.freeze({ ...strategy, ownThread: true });
  const path = `${strategy.name}.module`;
  const allowed = "module: import.meta.url in its defineStrategy, in the module that exports it under its name";
  throw new HubConfigError(`${path}: given nothing, allowed is ${allowed}`, { path, given: "nothing", allowed });
}
