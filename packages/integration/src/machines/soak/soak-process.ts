/*
 * The program of a process of the soak: one node of the built product, with an observer in each of its threads.
 * Without it nothing would be known of what a killed process had handled.
 */
import { Hub, hubSettings, type RegistryEntry } from "@process-hub/cluster";
import { realClock, realRandom } from "@process-hub/protocol";
import { notedEvents } from "@process-hub/testkit/checkers";
import { WorkerThreads } from "@process-hub/threads/host";
import { natsTransport } from "@process-hub/transport-nats";
import { child, type HubStats, hotSwap } from "process-hub";
import { answerCalls } from "../answer-calls.js";
import { Chatter, type ChatterFigures } from "./chatter.js";
import { Clerk, type ClerkState } from "./clerk.actor.js";
import observer from "./thread-observer.js";

/** An actor's answer: where it runs, and its state. */
export interface Reading {
  readonly state: ClerkState;
  readonly node: string;
  readonly thread: number;
  readonly epoch: number;
}

/** The calls of a process of the soak. */
export interface SoakCalls {
  open(options: { readonly hub: string; readonly node: string; readonly servers: string }): Promise<void>;
  start(ids: string[]): Promise<void>;
  stop(ids: string[]): Promise<void>;
  move(id: string, node: string, thread: number): Promise<void>;
  talk(ids: string[], pauseMs: number): Promise<void>;
  /** Resolves when all asks have settled, or have had far longer than an ask may take. */
  hush(): Promise<ChatterFigures>;
  read(id: string): Promise<Reading>;
  nodes(): Promise<string[]>;
  dump(): Promise<RegistryEntry[]>;
  stats(): Promise<HubStats>;
  /** Leaves while it talks; resolves with the last figures when all asks have settled. */
  close(): Promise<{ readonly stats: HubStats; readonly said: ChatterFigures }>;
}

const settleWithinMs = 40_000;

let opened: Hub | undefined;
let chatter: Chatter | undefined;
const hub = (): Hub => {
  if (opened === undefined) throw new Error("open first");
  return opened;
};

const calls: SoakCalls = {
  open: async ({ hub: id, node, servers }) => {
    // Like `createHub`, with observers.
    const settings = hubSettings({ id, node, threads: 2, actors: [Clerk], migration: hotSwap() });
    const module = new URL("./thread-observer.js", import.meta.url).href;
    const made = new Hub({
      settings,
      node,
      threadCount: 2,
      clock: realClock,
      random: realRandom,
      threads: new WorkerThreads({ clock: realClock, startTimeoutMs: settings.timings.startTimeoutMs, observer: module }),
      transport: natsTransport({ servers }),
      observer,
    });
    for (const name of notedEvents) made.on(name, (detail) => observer.event(node, name, plain(detail)), { priority: 1_000 });
    await made.open();
    opened = made;
  },
  start: async (ids) => {
    const { errors } = await hub().startChildren(
      ids.map((id) => child(Clerk, { id })),
      { checkExisting: false },
    );
    if (errors[0] !== undefined) throw errors[0].error;
  },
  stop: async (ids) => {
    const { errors } = await hub().stopChildren(ids);
    if (errors[0] !== undefined) throw errors[0].error;
  },
  move: (id, node, thread) => hub().move(id, { node, thread }),
  talk: async (ids, pauseMs) => {
    chatter = new Chatter(hub(), ids, pauseMs);
  },
  hush: async () => {
    const figures = await chatter?.stop(settleWithinMs);
    chatter = undefined;
    return figures ?? { asked: 0, settled: 0, failed: {}, waiting: [] };
  },
  read: (id) => hub().ref(Clerk, id).ask("read"),
  nodes: async () => hub().nodes({ includeLocal: true }),
  dump: async () =>
    hub()
      .dump()
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  stats: async () => hub().stats(),
  close: async () => {
    const closed = hub();
    await closed.close();
    const said = await calls.hush();
    opened = undefined;
    return { stats: closed.stats(), said };
  },
};

function plain(detail: unknown): unknown {
  const text = (_: string, value: unknown): unknown => (value instanceof Error ? `${value.name}: ${value.message}` : value);
  return JSON.parse(JSON.stringify(detail, text));
}

answerCalls(calls, () => opened !== undefined);
