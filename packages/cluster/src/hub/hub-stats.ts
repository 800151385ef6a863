/*
 * The figures of `hub.stats()`: sums over the counters of a node's threads, those that died included.
 * Without it an operator could not see whether every message had its fate.
 */
import { type CounterName, type KindCard, type NodeLoad, nodeOf, threadOfPlace } from "@process-hub/protocol";
import type { ConnectionState } from "../events/hub-events.js";
import type { NodeDoor } from "../node/node-door.js";
import type { Placed } from "../placement/kind-placement.js";
import { fates, type MessageFates, queued } from "../threads/thread-figures.js";

/** The figures of one thread. `queued`: messages it holds, in mailboxes or on their way out; `restarts`: those after a crash of an actor itself. */
export interface ThreadStats {
  readonly thread: number;
  readonly messages: MessageFates;
  readonly queued: number;
  readonly restarts: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Counters of one node since it took its name, threads that died included. */
export interface HubStats {
  readonly node: string;
  /** The state of the transport's connection; `"closed"` is for good, see the event `connectionChanged`. */
  readonly connection: ConnectionState;
  readonly messages: MessageFates;
  readonly asks: { readonly made: number; readonly timedOut: number; readonly pending: number };
  /**
   * `count`: actors that left a thread of this node for another place; `arrived`: actors that came to one. `inFlight`: messages that met a
   * move here so far, in the moved mailbox or forwarded after it, once for each move they met. It is a sum like the others, not the number
   * on the way now.
   */
  readonly moves: {
    readonly count: number;
    readonly arrived: number;
    readonly longestPauseMs: number;
    readonly inFlight: number;
  };
  readonly routing: { readonly forwarded: number; readonly bounced: number; readonly badFrames: number };
  /** Actors that were started again here, after a crash of their own or the death of their thread or node: as many as `childRestarted` tells of. */
  readonly restarts: number;
  /** Pieces of work that actors here have beside their mailboxes (`ctx.task`): how many run, how many were begun, and how many of those failed or were aborted. */
  readonly tasks: { readonly running: number; readonly begun: number; readonly failed: number };
  /** Streams that actors here give now (`ref.stream`). */
  readonly streams: number;
  /** Actors that this node had go on from less than they were, as their place died or had to stop them: as many as `stateLost` tells of. */
  readonly statesLost: number;
  /** Actors whose start fails, and that this node tries to start again and again: see `startFailing`. Normally 0. */
  readonly startsFailing: number;
  /** Starts with `whenPossible` that wait for a node that can run them, and that this node makes when one comes. */
  readonly startsWaiting: number;
  /**
   * How much a crash of this node would cost: `actors` here have their state on another node as well; the outcomes of `unacknowledged`
   * handled messages are not known to be on another node; the actor that waits longest for its standby has waited `oldestUnacknowledgedMs`.
   * An actor that may run on one node alone (`nodes`) can have no standby, and is not counted.
   */
  readonly standby: { readonly actors: number; readonly unacknowledged: number; readonly oldestUnacknowledgedMs: number };
  /** `orphans` died with their nodes and run nowhere yet; of these, `waiting` may run on no present node. */
  readonly registry: { readonly actors: number; readonly orphans: number; readonly waiting: number };
  /** The members, this node included: how many there are, and how many the hub begins with (`minMembers`); `begun`: they have been there. */
  readonly members: { readonly present: number; readonly required: number; readonly begun: boolean };
  /**
   * For how long this node is on probation (`probationMs`; 0: it is not), how often its name has died before, as the others remember, and who
   * else is on probation.
   */
  readonly probation: { readonly leftMs: number; readonly deaths: number; readonly others: readonly string[] };
  /** How often each invariant was broken, here or in a thread of this node, by its words: a bug of process-hub. Normally empty. */
  readonly invariants: Readonly<Record<string, number>>;
  /** How busy each node said that it is, as this node heard last. Empty unless the distribution strategy uses loads (`loadBalanced`). */
  readonly loads: Readonly<Record<string, NodeLoad>>;
  /**
   * What this node listens to: each event of each actor once, for `listeners` on its main thread and on its threads (a thread counts once); `from`: the
   * node that tells of it, absent while it is looked for; `seq`: the last number that came.
   */
  readonly subscriptions: readonly {
    readonly id: string;
    readonly event: string;
    readonly from?: string | undefined;
    readonly listeners: number;
    readonly seq?: number | undefined;
  }[];
  /** How many actors those of this node watch. */
  readonly watched: number;
  readonly threads: readonly ThreadStats[];
}

/** The parts of a node that the stats are read from. */
export type StatsSource = Pick<
  NodeDoor,
  | "local"
  | "mailer"
  | "registry"
  | "ownership"
  | "clock"
  | "counters"
  | "group"
  | "connection"
  | "claims"
  | "brokenInvariants"
  | "loads"
  | "opening"
  | "probation"
  | "membership"
  | "hearing"
  | "watched"
>;

/** Reads the counters. Cheap: sums over the threads' shared memory. */
export function hubStats(source: StatsSource): HubStats {
  const { local, mailer, registry, clock, counters, group, connection } = source;
  const main = counters.read();
  const { living, past } = group.figures();
  const total = (name: CounterName): number =>
    main[name] + (past.get(name) ?? 0) + living.reduce((sum, { counters }) => sum + counters[name], 0);
  const most = (name: CounterName): number =>
    Math.max(main[name], past.get(name) ?? 0, ...living.map(({ counters }) => counters[name]));
  const now = (name: CounterName): number => living.reduce((sum, { counters }) => sum + counters[name], 0);
  const behindSince = living.map(({ counters }) => counters.standbyBehindSinceMs).filter((atMs) => atMs > 0);
  return {
    node: local.name,
    connection: connection.state,
    messages: fates(total),
    asks: { made: total("asks"), timedOut: total("askTimeouts"), pending: mailer.asks.size },
    moves: {
      count: total("movedOut"),
      arrived: total("movedIn"),
      longestPauseMs: most("longestPauseMs"),
      inFlight: total("moveInFlight"),
    },
    routing: { forwarded: total("forwarded"), bounced: total("bounced"), badFrames: total("badFrames") },
    restarts: total("restarts"),
    statesLost: total("statesLost"),
    tasks: { running: now("tasks"), begun: total("tasksBegun"), failed: total("tasksFailed") },
    streams: now("streams"),
    startsFailing: source.claims.waitingStarts,
    standby: {
      actors: now("standbyActors"),
      unacknowledged: now("standbyBehind"),
      oldestUnacknowledgedMs: behindSince.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...behindSince)),
    },
    registry: {
      actors: registry.size,
      orphans: registry.orphans.size,
      waiting: waitingFor(source),
    },
    startsWaiting: source.claims.awaitingNodes,
    members: { ...source.opening.members, begun: source.opening.isOpen },
    probation: {
      leftMs: source.probation.leftMs,
      deaths: source.probation.deaths,
      others: source.membership.peers.flatMap(({ node, probation }) => (probation === true ? [node] : [])),
    },
    loads: source.loads?.latest() ?? {},
    subscriptions: source.hearing.relations.figures().map(({ from, ...each }) => ({ ...each, from: from && nodeOf(from) })),
    watched: source.watched.size,
    invariants: Object.fromEntries(source.brokenInvariants),
    threads: living.map(({ place, counters }) => {
      return {
        thread: threadOfPlace(place),
        messages: fates((name) => counters[name]),
        queued: queued(counters),
        restarts: counters.restarts,
        bytesIn: counters.bytesIn,
        bytesOut: counters.bytesOut,
      };
    }),
  };
}

/**
 * How many orphans may run on no node of the view: by the nodes that they name, and by the nodes that have their kind in a version that takes
 * their state. The strategy is not asked: that takes some microseconds for each, and there may be 100,000.
 */
function waitingFor({ registry, ownership }: Pick<NodeDoor, "registry" | "ownership">): number {
  const present = ownership.view.nodes.map(({ node }) => node);
  const byKind = new Map<string, ReadonlySet<string>>();
  const able = (actor: string, from: KindCard | undefined): ReadonlySet<string> => {
    const key = `${actor} ${from?.version} ${from?.downgradesTo}`;
    const known = byKind.get(key) ?? new Set(ownership.kinds.fit(present, actor, from));
    byKind.set(key, known);
    return known;
  };
  let waiting = 0;
  for (const { spec, place } of registry.orphans.takenOutSoFar()) {
    const nodes = able(spec.actor, ownership.again<Placed>(spec, place).from);
    if (nodes.size === 0 || spec.nodes?.every((node) => !nodes.has(node))) waiting++;
  }
  return waiting;
}
