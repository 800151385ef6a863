/*
 * The scenarios of the campaign: strategies, network, and what the nemesis may do.
 * Without a line here a strategy is not part of the campaign.
 */
import type { HubOptions } from "@process-hub/cluster";
import {
  coldSwap,
  dynamicQuorum,
  gossip,
  guided,
  hotSwap,
  loadBalanced,
  majorityQuorum,
  type PartitionStrategy,
  replication,
  staticQuorum,
} from "@process-hub/strategies";
import type { Faults } from "../sim-network.js";
import { type Companion, companions, type NemesisAct, type Talk } from "./acts.js";
import { MemoryLease } from "./memory-lease.js";

/** One way to run the campaign: strategies, network, and what its nemesis may do. */
export interface Scenario {
  readonly name: string;
  readonly hub: Pick<
    HubOptions,
    | "distribution"
    | "migration"
    | "redundancy"
    | "synchronization"
    | "partitionTolerance"
    | "limits"
    | "secret"
    | "minMembers"
    | "probationMs"
  >;
  /** The partition strategy of a cluster with a fixed number of nodes; nodes come back only while the network is whole. */
  readonly quorum?: (nodes: number) => PartitionStrategy;
  readonly faults: Partial<Faults>;
  readonly nemesis: readonly NemesisAct[];
  /** The share of acts that the nemesis does; default 0.05. */
  readonly often?: number;
  /** The clocks of the machines are hours off, and too fast or too slow. */
  readonly wrongClocks?: boolean;
  /** The nodes differ in how often they send heartbeats, and in how long a node may be silent, as in a rolling restart that changes these. */
  readonly otherTimes?: boolean;
  /** The nodes have different kinds of actors, and one kind in different versions, as in a rolling deploy. */
  readonly builds?: boolean;
  /** What its lives have beside the ledgers: troupes of actors that talk in one way. */
  readonly talks?: readonly Talk[];
  /** The share of starts that pin their actor; default 0.05. */
  readonly pins?: number;
  /** A pinned actor may run on one node alone, as `guided` without replicas wants it. */
  readonly pinsToOne?: boolean;
  /** Its actors have every step of a life: `started`, `stopping`, `signal`, `conflict`, and a codec for their moves. */
  readonly wholeLives?: boolean;
  /** Its actors go on when a handler throws; else they begin anew. */
  readonly resumes?: boolean;
}

/** The strategies of a scenario that are worth a count of what breaks under them. */
export function companionsOf({ hub, quorum }: Scenario): Companion[] {
  const { redundancy, synchronization, distribution } = hub;
  const isActiveActive =
    redundancy !== undefined && (redundancy.settings as { readonly model?: unknown }).model === "active-active";
  const replicas = redundancy && (isActiveActive ? "activeActive" : "passive");
  const names = [quorum?.(1).name, replicas, synchronization?.name, distribution?.name];
  return names.filter((name): name is Companion => name !== undefined && name in companions);
}

const calm: Partial<Faults> = { delayMs: [0.1, 2] };
const tight: HubOptions["limits"] = { mailbox: 6, linkWindow: 16, linkLetters: 40, forwardings: 4 };
const slow: Partial<Faults> = { delayMs: [1, 60] };
const hostile: Partial<Faults> = {
  delayMs: [0.1, 20],
  drop: 0.05,
  duplicate: 0.05,
  reorder: 0.2,
  late: 0.002,
  pieceBytes: 20_000,
};

const all: readonly NemesisAct[] = [
  ...(["fail", "failingStarts", "slowStarts", "throwingHooks", "killThread", "blockThread"] as const),
  ...(["crash", "freeze", "hiccup", "suspend", "clockJump", "clockStop", "cut", "namesake"] as const),
];

/** As often as all the rest together, and more. */
const guestsOften: readonly NemesisAct[] = Array.from({ length: 20 }, () => "guests");

/** Every scenario of the campaign. A new strategy joins by a line here. */
export const scenarios: readonly Scenario[] = [
  { name: "calm, hot swap", hub: { migration: hotSwap() }, faults: calm, nemesis: [], builds: true },
  { name: "hostile network, hot swap", hub: { migration: hotSwap() }, faults: hostile, nemesis: [] },
  { name: "dying threads, hot swap", hub: { migration: hotSwap() }, faults: calm, nemesis: ["killThread", "fail"] },
  { name: "dying nodes, hot swap", hub: { migration: hotSwap() }, faults: hostile, nemesis: ["crash", "fail"], wholeLives: true },
  { name: "dying nodes, cold swap", hub: { migration: coldSwap() }, faults: calm, nemesis: ["crash", "killThread"] },
  {
    name: "cuts and freezes, divergence",
    hub: { migration: hotSwap() },
    faults: calm,
    nemesis: ["cut", "freeze"],
    wholeLives: true,
  },
  { name: "freezes over slow links, hot swap", hub: { migration: hotSwap() }, faults: slow, nemesis: ["freeze"], often: 0.2 },
  {
    name: "everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: all,
    wholeLives: true,
  },
  { name: "tight limits, hot swap", hub: { migration: hotSwap(), limits: tight }, faults: calm, nemesis: ["fail"] },
  {
    name: "everything, cold swap",
    hub: { migration: coldSwap() },
    faults: hostile,
    nemesis: all,
  },
  {
    name: "everything, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ signal: "all", acknowledge: "standby" }) },
    faults: hostile,
    nemesis: all,
    wholeLives: true,
  },
  {
    name: "dying nodes, replicas on all nodes, cold swap",
    hub: { migration: coldSwap(), redundancy: replication({ factor: "cluster" }) },
    faults: calm,
    nemesis: ["crash", "killThread", "fail"],
    builds: true,
  },
  {
    name: "dying nodes, newcomers on probation",
    hub: { migration: hotSwap(), minMembers: 2, probationMs: 1_500 },
    faults: hostile,
    nemesis: ["crash", "cut", "fail"],
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
    nemesis: all,
    wholeLives: true,
  },
  {
    name: "dying nodes, load balanced",
    hub: { migration: hotSwap(), distribution: loadBalanced({ pushIntervalMs: 500 }) },
    faults: hostile,
    nemesis: ["crash", "killThread", "fail"],
    builds: true,
  },
  {
    name: "majority quorum",
    hub: { migration: hotSwap() },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    nemesis: all,
  },
  {
    name: "static quorum",
    hub: { migration: coldSwap() },
    quorum: (nodes) => staticQuorum({ size: Math.floor(nodes / 2) + 1, whilePaused: "freeze" }),
    faults: calm,
    nemesis: all,
    wholeLives: true,
  },
  {
    name: "lease",
    hub: { migration: hotSwap() },
    quorum: () => new MemoryLease().strategy,
    faults: hostile,
    nemesis: all,
    wholeLives: true,
  },
  {
    name: "dynamic quorum",
    hub: { migration: hotSwap() },
    quorum: () => dynamicQuorum(),
    faults: calm,
    nemesis: all,
  },
  {
    name: "everything, active-active",
    hub: { migration: hotSwap(), redundancy: replication({ factor: 2, model: "active-active" }) },
    faults: hostile,
    nemesis: all,
    wholeLives: true,
  },
  {
    name: "replicas and pins, majority quorum, wrong clocks",
    hub: { migration: hotSwap(), redundancy: replication({ signal: "all" }) },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    otherTimes: true,
    nemesis: all,
    wrongClocks: true,
    pins: 0.3,
  },
  {
    name: "gossip, static quorum, often broken",
    hub: { migration: hotSwap(), synchronization: gossip({ recipients: 1 }) },
    quorum: (nodes) => staticQuorum({ size: Math.floor(nodes / 2) + 1 }),
    faults: hostile,
    otherTimes: true,
    nemesis: all,
    often: 0.12,
  },
  {
    name: "active-active, lease, wrong clocks",
    hub: { migration: hotSwap(), redundancy: replication({ factor: 2, model: "active-active" }) },
    quorum: () => new MemoryLease(4_000, "freeze").strategy,
    faults: calm,
    nemesis: all,
    wrongClocks: true,
  },
  {
    name: "load balanced, dynamic quorum",
    hub: { migration: hotSwap(), distribution: loadBalanced({ pushIntervalMs: 500 }) },
    quorum: () => dynamicQuorum(),
    faults: hostile,
    otherTimes: true,
    nemesis: all,
    wholeLives: true,
    resumes: true,
  },
  {
    name: "guided, divergence",
    hub: { migration: hotSwap(), distribution: guided() },
    faults: hostile,
    nemesis: all,
    pins: 1,
    pinsToOne: true,
  },
  {
    name: "guided, majority quorum",
    hub: { migration: coldSwap(), distribution: guided() },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: calm,
    nemesis: all,
    pins: 1,
    pinsToOne: true,
  },
  {
    name: "tight limits and pins, everything",
    hub: { migration: hotSwap(), limits: tight },
    faults: hostile,
    nemesis: all,
    pins: 0.3,
    wholeLives: true,
    resumes: true,
  },
  {
    name: "a secret, old datagrams and wrong clocks",
    hub: { migration: hotSwap(), secret: "for the campaign" },
    faults: { ...hostile, late: 0.01 },
    otherTimes: true,
    nemesis: all,
    wrongClocks: true,
    often: 0.12,
    wholeLives: true,
  },
  {
    name: "old datagrams, lease, wrong clocks",
    hub: { migration: coldSwap(), redundancy: replication({ factor: 3, signal: "all", acknowledge: "majority" }) },
    quorum: () => new MemoryLease().strategy,
    faults: { ...hostile, late: 0.01 },
    otherTimes: true,
    nemesis: all,
    wrongClocks: true,
    resumes: true,
  },
  {
    name: "guests, dying threads",
    hub: { migration: hotSwap() },
    faults: calm,
    nemesis: ["guests", "guests", "killThread"],
    often: 0.3,
  },
  {
    name: "guests, everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: [...all, ...guestsOften],
    often: 0.3,
    wholeLives: true,
  },
  {
    name: "guests, everything, cold swap",
    hub: { migration: coldSwap() },
    faults: hostile,
    nemesis: [...all, ...guestsOften],
    often: 0.3,
  },
  {
    name: "guests, majority quorum, gossip",
    hub: { migration: hotSwap(), synchronization: gossip({ recipients: 2 }) },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    otherTimes: true,
    nemesis: [...all, ...guestsOften],
    often: 0.3,
    wrongClocks: true,
  },
  {
    name: "guests, lease, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ signal: "all", acknowledge: "standby" }) },
    quorum: () => new MemoryLease().strategy,
    faults: calm,
    nemesis: [...all, ...guestsOften],
    often: 0.3,
    resumes: true,
    builds: true,
  },
  {
    name: "talks, everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["streams", "answersLater"],
  },
  {
    name: "talks, dying nodes, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ acknowledge: "standby" }) },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    nemesis: ["crash", "killThread", "fail"],
    often: 0.1,
    talks: ["streams", "answersLater"],
  },
  {
    name: "talks, moves on a calm network",
    hub: { migration: hotSwap() },
    faults: calm,
    nemesis: ["fail"],
    talks: ["streams", "answersLater"],
    resumes: true,
  },
  {
    name: "events, everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["events"],
  },
  {
    name: "events, everything, lease, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ acknowledge: "standby" }) },
    quorum: () => new MemoryLease().strategy,
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["events"],
    resumes: true,
  },
  {
    name: "events, dying nodes, active-passive",
    hub: { migration: hotSwap(), redundancy: replication() },
    faults: calm,
    nemesis: ["crash", "killThread", "fail"],
    often: 0.1,
    talks: ["events"],
  },
  {
    name: "tasks, everything, load balanced",
    hub: { migration: hotSwap(), distribution: loadBalanced({ pushIntervalMs: 500 }) },
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["tasks"],
  },
  {
    name: "tasks, dying nodes, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ acknowledge: "standby" }) },
    faults: calm,
    nemesis: ["crash", "killThread", "fail"],
    often: 0.1,
    talks: ["tasks"],
    resumes: true,
  },
  {
    name: "tasks, moves on a calm network",
    hub: { migration: hotSwap() },
    faults: calm,
    nemesis: ["fail"],
    talks: ["tasks"],
    resumes: true,
  },
  {
    name: "watches, everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["watches"],
  },
  {
    name: "watches, everything, lease, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ acknowledge: "standby" }) },
    quorum: () => new MemoryLease().strategy,
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["watches"],
    resumes: true,
  },
  {
    name: "timers, everything, divergence",
    hub: { migration: hotSwap() },
    faults: hostile,
    nemesis: all,
    often: 0.1,
    talks: ["timers"],
  },
  {
    name: "timers, dying nodes, active-passive with standby",
    hub: { migration: hotSwap(), redundancy: replication({ acknowledge: "standby" }) },
    quorum: (nodes) => majorityQuorum({ initialSize: nodes }),
    faults: hostile,
    nemesis: ["crash", "killThread", "cut", "fail"],
    often: 0.1,
    talks: ["timers"],
    resumes: true,
  },
];
