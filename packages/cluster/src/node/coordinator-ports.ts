/*
 * What a node is built from: the ports that `createHub` and `simulate` fill differently.
 * All that is real (time, chance, threads, the network) comes in here, and nowhere else.
 */
import type { Observer } from "@process-hub/actor";
import type { Checks, Clock, NodeName, Random, Threads, Transport } from "@process-hub/protocol";
import type { StrategyHost } from "@process-hub/strategies";
import type { Hooks } from "../events/hooks.js";
import type { LoadMeter } from "../placement/loads.js";
import type { HubSettings } from "../settings/settings.js";

/** What a node is built from. */
export interface CoordinatorPorts {
  readonly settings: HubSettings;
  readonly node: NodeName;
  readonly threadCount: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly threads: Threads;
  readonly transport: Transport;
  /** Where strategies run; default: in the calling thread. */
  readonly strategies?: StrategyHost | undefined;
  readonly observer?: Observer | undefined;
  /** Absent: event loop and memory count as idle. */
  readonly load?: LoadMeter | undefined;
  /** Those of the coordinator that this one follows; absent: new ones, with the handlers of the settings. */
  readonly hooks?: Hooks | undefined;
  /** What looks at invariants and marks; absent: broken invariants are counted and logged. */
  readonly checks?: Checks | undefined;
}
