/*
 * What `hub.stats()` tells: sums over the counters of a node's threads, those that died included.
 * Every message is in them once by its fate; what is not counted here cannot be seen by who runs a hub.
 */
import { type CounterName, threadOfPlace } from "@process-hub/protocol";
import type { ConnectionState } from "../events/hub-events.js";
import type { NodeDoor } from "../node/node-door.js";
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

/** Counters of one node since it began, threads that died included. */
export interface HubStats {
  readonly node: string;
  /** The way to all others, as the transport says; `"closed"`: for good, see the event `connectionChanged`. */
  readonly connection: ConnectionState;
  readonly messages: MessageFates;
  readonly asks: { readonly made: number; readonly timedOut: number; readonly pending: number };
  /**
   * `count`: actors that left a thread of this node for another place; `arrived`: those that came to one. `inFlight`: messages that met a move here
   * so far, in the mailbox that went along or passed on after it, once for each move they met: a sum like the others, not what is on the way now.
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
  /**
   * How much a crash of this node would cost: `actors` here have their state on another node as well; `unacknowledged` messages were
   * handled whose outcome no other node is known to have, and the actor that waits longest for its standby has waited `oldestUnacknowledgedMs`.
   */
  readonly standby: { readonly actors: number; readonly unacknowledged: number; readonly oldestUnacknowledgedMs: number };
  /** `orphans` died with their nodes and run nowhere yet; `waiting` of them may run on no node that is there. */
  readonly registry: { readonly actors: number; readonly orphans: number; readonly waiting: number };
  /** How often something that must always hold did not, here or in a thread of this node, by its words: a bug of process-hub. Empty, as a rule. */
  readonly invariants: Readonly<Record<string, number>>;
  readonly threads: readonly ThreadStats[];
}

/** What the stats are read from. */
export type StatsSource = Pick<
  NodeDoor,
  "local" | "mailer" | "registry" | "ownership" | "clock" | "counters" | "group" | "connection" | "brokenInvariants"
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
    standby: {
      actors: now("standbyActors"),
      unacknowledged: now("standbyBehind"),
      oldestUnacknowledgedMs: behindSince.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...behindSince)),
    },
    registry: { actors: registry.size, orphans: registry.orphans.size, waiting: waitingFor(source) },
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

function waitingFor({ registry, ownership }: Pick<NodeDoor, "registry" | "ownership">): number {
  return [...registry.orphans.values()].filter(({ spec }) => ownership.registrarFor(spec) === undefined).length;
}
