/*
 * The program of a process with one node in it, over NATS: it answers the calls of the test that started it.
 * Without it every node of a test would share one process, and none could be killed or frozen alone.
 */
import type { ActorRef, TypedActor } from "@process-hub/actor";
import { natsLease, natsTransport } from "@process-hub/transport-nats";
import {
  child,
  coldSwap,
  createHub,
  type Hub,
  type HubEventName,
  type HubOptions,
  type HubStats,
  hotSwap,
  majorityQuorum,
  replication,
} from "process-hub";
import { Ledger } from "../fixtures/ledger.actor.js";
import { Player } from "../fixtures/player.actor.js";
import { answerCalls } from "./answer-calls.js";
import { Crate } from "./crate.actor.js";
import { Load, type LoadFigures } from "./load.js";

const actors = { player: Player, ledger: Ledger, crate: Crate };
type Kind = keyof typeof actors;

/** The options that the process opens its node with. */
export interface NodeOptions {
  readonly hub: string;
  readonly node: string;
  readonly servers: string;
  readonly token?: string;
  readonly secret?: HubOptions["secret"];
  readonly migration?: "hotSwap" | "coldSwap";
  /** With replicas: how many in all, and whom replies wait for. One side of a cut serves: that of the most of five nodes, or of the holder of a lease. */
  readonly acknowledged?: { readonly factor: number; readonly by: "none" | "standby" | "majority"; readonly lease?: boolean };
  readonly maxUnsentBytes?: number;
  readonly timings?: HubOptions["timings"];
  readonly limits?: HubOptions["limits"];
}

/** An event of the hub, as text. */
export interface NodeEvent {
  readonly name: string;
  readonly text: string;
}

/** The calls of the process, with their answers. */
export interface NodeCalls {
  open(options: NodeOptions): Promise<void>;
  start(kind: Kind, ids: string[]): Promise<number>;
  ask(kind: Kind, id: string, message: string, input?: unknown, timeoutMs?: number): Promise<unknown>;
  /** Tells these messages one after the other, as fast as the links have room. */
  tellAll(kind: Kind, id: string, message: string, inputs: unknown[]): Promise<void>;
  move(id: string, node: string): Promise<void>;
  drain(): Promise<string[]>;
  close(): Promise<void>;
  isAlive(): Promise<boolean>;
  nodes(): Promise<string[]>;
  /** The node of each actor, as this node knows it. */
  places(): Promise<Record<string, string>>;
  /** The whole registry, sorted, as text. */
  registry(): Promise<string>;
  stats(): Promise<HubStats>;
  events(name: HubEventName): Promise<NodeEvent[]>;
  memoryBytes(): Promise<number>;
  /** Asks these players all the time, a fixed number of asks at once. */
  load(ids: string[], atOnce: number): Promise<void>;
  loaded(): Promise<LoadFigures>;
  /** Stops the load; resolves when all asks have settled. */
  unload(): Promise<LoadFigures>;
  /** Keeps the main thread busy: the process sends nothing meanwhile. */
  stall(forMs: number): Promise<void>;
}

const noted: readonly HubEventName[] = [
  "unhandled",
  "badFrame",
  "childStopped",
  "conflict",
  "deadLetter",
  "linkBroken",
  "log",
  "memberJoined",
  "memberLeft",
  "replaced",
  "stuck",
];

class Node {
  readonly hub: Hub;
  readonly events: NodeEvent[] = [];
  load: Load | undefined;

  private constructor(hub: Hub) {
    this.hub = hub;
    for (const name of noted) hub.on(name, (event) => void this.events.push({ name, text: JSON.stringify(event) }));
  }

  static async open(options: NodeOptions): Promise<Node> {
    const { hub: id, node, servers, token, maxUnsentBytes, migration, acknowledged, ...rest } = options;
    const transport = natsTransport({
      servers,
      ...(token === undefined ? {} : { token }),
      ...(maxUnsentBytes === undefined ? {} : { maxUnsentBytes }),
    });
    return new Node(
      await createHub({
        id,
        node,
        threads: 1,
        actors: Object.values(actors),
        transport,
        migration: migration === "coldSwap" ? coldSwap() : hotSwap(),
        ...(acknowledged && {
          redundancy: replication({ factor: acknowledged.factor, acknowledge: acknowledged.by }),
          partitionTolerance: acknowledged.lease === true ? natsLease({ servers }) : majorityQuorum({ initialSize: 5 }),
        }),
        ...rest,
      }),
    );
  }
}

let opened: Node | undefined;
const node = (): Node => {
  if (opened === undefined) throw new Error("open first");
  return opened;
};

const calls: NodeCalls = {
  open: async (options) => {
    opened = await Node.open(options);
  },
  start: async (kind, ids) => {
    const { started, errors } = await node().hub.startChildren(ids.map((id) => child(actors[kind], { id })));
    if (errors[0] !== undefined) throw errors[0].error;
    return started.length;
  },
  ask: (kind, id, message, input, timeoutMs) => refTo(kind, id).ask(message, input, { timeoutMs }),
  tellAll: async (kind, id, message, inputs) => {
    for (const input of inputs) if (!refTo(kind, id).tell(message, input)) await node().hub.ready();
  },
  move: (id, to) => node().hub.move(id, { node: to }),
  drain: async () => (await node().hub.drain()).errors.map(({ id }) => id),
  close: async () => {
    await node().hub.close();
    opened = undefined;
  },
  isAlive: async () => node().hub.isAlive(),
  nodes: async () => node().hub.nodes({ includeLocal: true }),
  places: async () =>
    Object.fromEntries(
      node()
        .hub.list()
        .map(({ id, replicas }) => [id, replicas[0]?.node ?? "nowhere"]),
    ),
  registry: async () => {
    const entries = node()
      .hub.dump()
      .map((entry) => JSON.stringify(entry));
    return entries.sort().join("\n");
  },
  stats: async () => node().hub.stats(),
  events: async (name) => node().events.filter((event) => event.name === name),
  memoryBytes: async () => process.memoryUsage().rss,
  load: async (ids, atOnce) => {
    node().load = new Load(node().hub, ids, atOnce);
  },
  loaded: async () => loadOf(node()).figures,
  unload: () => loadOf(node()).stop(),
  stall: async (forMs) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs),
};

/** A reference without message types, since messages come as data here. */
function refTo(kind: Kind, id: string): ActorRef {
  return node().hub.ref<TypedActor>(actors[kind], id);
}

function loadOf({ load }: Node): Load {
  if (load === undefined) throw new Error("load first");
  return load;
}

answerCalls(calls, () => opened !== undefined);
