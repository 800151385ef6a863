/*
 * The scenarios of the campaign: strategies, network, and what the nemesis may do.
 * Without a line here a strategy is not part of the campaign.
 */
import type { HubOptions } from "@process-hub/cluster";
import {
  coldSwap,
  dynamicQuorum,
  gossip,
  hotSwap,
  loadBalanced,
  majorityQuorum,
  type PartitionStrategy,
  replication,
  staticQuorum,
} from "@process-hub/strategies";
import type { Faults } from "../sim-network.js";
import { MemoryLease } from "./memory-lease.js";
import type { NemesisAct } from "./nemesis.js";

/** One way to run the campaign: strategies, network, and what its nemesis may do. */
export interface Scenario {
  readonly name: string;
  readonly hub: Pick<
    HubOptions,
    "distribution" | "migration" | "redundancy" | "synchronization" | "partitionTolerance" | "limits"
  >;
  /** The partition strategy of a cluster with a fixed number of nodes; nodes come back only while the network is whole. */
  readonly quorum?: (nodes: number) => PartitionStrategy;
  readonly faults: Partial<Faults>;
  readonly nemesis: readonly NemesisAct[];
  /** The share of acts that the nemesis does; default 0.05. */
  readonly often?: number;
}

const calm: Partial<Faults> = { delayMs: [0.1, 2] };
const tight: HubOptions["limits"] = { mailbox: 6, linkWindow: 16, linkLetters: 40, forwardings: 4 };
const slow: Partial<Faults> = { delayMs: [1, 60] };
const hostile: Partial<Faults> = { delayMs: [0.1, 20], drop: 0.05, duplicate: 0.05, reorder: 0.2 };

/** Every scenario of the campaign. A new strategy joins by a line here. */
export const scenarios: readonly Scenario[] = [
  { name: "calm, hot swap", hub: { migration: hotSwap() }, faults: calm, nemesis: [] },
  { name: "hostile network, hot swap", hub: { migration: hotSwap() }, faults: hostile, nemesis: [] },
  { name: "dying threads, hot swap", hub: { migration: hotSwap() }, faults: calm, nemesis: ["killThread", "fail"] },
  { name: "dying nodes, hot swap", hub: { migration: hotSwap() }, faults: hostile, nemesis: ["crash", "fail"] },
  { name: "dying nodes, cold swap", hub: { migration: coldSwap() }, faults: calm, nemesis: ["crash", "killThread"] },
  { name: "cuts and freezes, divergence", hub: { migration: hotSwap() }, faults: calm, nemesis: ["cut", "freeze"] },
  { name: "freezes over slow links, hot swap", hub: { migration: hotSwap() }, faults: slow, nemesis: ["freeze"], often: 0.2 },
  {
    name: "everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: ["crash", "freeze", "cut", "killThread", "fail"],
  },
  { name: "tight limits, hot swap", hub: { migration: hotSwap(), limits: tight }, faults: calm, nemesis: ["fail"] },
  {
    name: "everything, cold swap",
    hub: { migration: coldSwap() },
    faults: hostile,
    nemesis: ["crash", "freeze", "cut", "killThread", "fail"],
  },
  {
    name: "everything, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ signal: "all" }) },
    faults: hostile,
    nemesis: ["crash", "freeze", "cut", "killThread", "fail"],
  },
  {
    name: "dying nodes, replicas on all nodes, cold swap",
    hub: { migration: coldSwap(), redundancy: replication({ factor: "cluster" }) },
    faults: calm,
    nemesis: ["crash", "killThread", "fail"],
  },
  {
    name: "dying nodes, gossip",
    hub: { migration: hotSwap(), synchronization: gossip({ recipients: 1 }) },
    faults: hostile,
    nemesis: ["crash", "fail"],
  },
  {
    name: "everything, gossip",
    hub: { migration: hotSwap(), synchronization: gossip({ recipients: 2 }) },
    faults: hostile,
    nemesis: ["crash", "freeze", "cut", "killThread", "fail"],
  },
  {
    name: "dying nodes, load balanced",
    hub: { migration: hotSwap(), distribution: loadBalanced({ pushIntervalMs: 500 }) },
    faults: hostile,
    nemesis: ["crash", "killThread", "fail"],
  },
  {
    name: "majority quorum",
    hub: { migration: hotSwap() },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    nemesis: ["cut", "freeze", "crash"],
  },
  {
    name: "static quorum",
    hub: { migration: coldSwap() },
    quorum: (nodes) => staticQuorum({ size: Math.floor(nodes / 2) + 1, whilePaused: "freeze" }),
    faults: calm,
    nemesis: ["cut", "freeze", "crash", "killThread", "fail"],
  },
  {
    name: "lease",
    hub: { migration: hotSwap() },
    quorum: () => new MemoryLease().strategy,
    faults: hostile,
    nemesis: ["cut", "freeze", "crash"],
  },
  {
    name: "dynamic quorum",
    hub: { migration: hotSwap() },
    quorum: () => dynamicQuorum(),
    faults: calm,
    nemesis: ["cut", "freeze", "crash"],
  },
  {
    name: "everything, active-active",
    hub: { migration: hotSwap(), redundancy: replication({ factor: 2, model: "active-active" }) },
    faults: hostile,
    nemesis: ["crash", "freeze", "cut", "killThread", "fail"],
  },
];
