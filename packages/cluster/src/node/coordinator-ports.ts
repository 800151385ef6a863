/*
 * The ports that a node is built from: `createHub` and `simulate` fill them in two ways.
 * Without it a part could reach for real time, chance, threads or the network itself, and could not be simulated.
 */
import type { Observer } from "@process-hub/actor";
import type { Checks, Clock, NodeName, Random, Threads, Transport } from "@process-hub/protocol";
import type { StrategyHost } from "@process-hub/strategies";
import type { Hooks } from "../events/hooks.js";
import type { NodeHandlers } from "../events/node-handlers.js";
import type { LoadMeter } from "../placement/loads.js";
import type { HubSettings } from "../settings/settings.js";

/** The settings and ports of a node. */
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
  /** The hooks of the coordinator that this one follows; absent: new ones, with the handlers of the settings. */
  readonly hooks?: Hooks | undefined;
  /** What answers the other nodes' programs; absent: nothing does. */
  readonly handlers?: NodeHandlers | undefined;
  /** Another life of this node's name has taken its place: whoever owns the coordinator abandons it. */
  readonly replaced?: (() => void) | undefined;
  /** Checks invariants and counts marks; absent: broken invariants are counted and logged. */
  readonly checks?: Checks | undefined;
}
