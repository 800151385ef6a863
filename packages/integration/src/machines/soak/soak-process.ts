/*
 * The program of a process of the soak: one node of the built product, with an observer in each of its threads.
 * Without it nothing would be known of what a killed process had handled.
 */
import { Hub, hubSettings, type RegistryEntry } from "@process-hub/cluster";
import { realRandom } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { notedEvents } from "@process-hub/testkit/checkers";
import { WorkerThreads } from "@process-hub/threads/host";
import { natsTransport } from "@process-hub/transport-nats";
import { child, type HubStats, hotSwap } from "process-hub";
import { answerCalls } from "../answer-calls.js";
import { Chatter, type ChatterFigures } from "./chatter.js";
import { Clerk } from "./clerk.actor.js";
import type { ClerkState } from "./clerk-state.js";
import observer, { clock } from "./thread-observer.js";

/** An actor's answer: where it runs, and its state. */
export interface Reading {
  readonly state: ClerkState;
  readonly node: string;
  readonly thread: number;
  readonly epoch: number;
}

/** What a process opens its node with. `patient`: it is not yet a member when a busy namesake refuses it. */
export interface SoakNode {
  readonly hub: string;
  readonly node: string;
  readonly servers: string;
  readonly patient: boolean;
}

/** The calls of a process of the soak. */
export interface SoakCalls {
  open(options: SoakNode): Promise<void>;
  start(ids: string[]): Promise<void>;
  stop(ids: string[]): Promise<void>;
  move(id: string, node: string, thread: number): Promise<void>;
  /** Tells these actors to throw. */
  fail(ids: string[]): Promise<void>;
  /** Its clock stands still from here on, as it does before a machine is suspended. */
  hold(): Promise<void>;
  /** Its clock goes on from where it was held. */
  release(): Promise<void>;
  talk(ids: string[], pauseMs: number): Promise<void>;
  /** Resolves when all asks have settled, or have had far longer than an ask may take. */
  hush(): Promise<ChatterFigures>;
  read(id: string): Promise<Reading>;
  nodes(): Promise<string[]>;
  dump(): Promise<RegistryEntry[]>;
  stats(): Promise<HubStats>;
  /** Leaves while it talks; resolves with the last figures when all asks have settled. */
  close(): Promise<{ readonly stats: HubStats; readonly said: ChatterFigures }>;
  /** Resolves when its hub has found itself replaced and has closed by itself, and all its asks have settled. */
  replaced(): Promise<ChatterFigures>;
}

const settleWithinMs = 40_000;
/** The events of the history: those of the checkers, and those that the soak counts. */
const events = [...notedEvents, "replaced", "startFailing"] as const;

let opened: Hub | undefined;
let chatter: Chatter | undefined;
let isReplaced = false;
const hub = (): Hub => {
  if (opened === undefined) throw new Error("open first");
  return opened;
};

const calls: SoakCalls = {
  open: async ({ hub: id, node, servers, patient }) => {
    // Like `createHub`, with observers, and a clock that can be held.
    const timings = patient ? { discoveryMs: 15_000 } : {};
    const settings = hubSettings({ id, node, threads: 2, actors: [Clerk], migration: hotSwap(), timings });
    const module = new URL("./thread-observer.js", import.meta.url).href;
    const made = new Hub({
      settings,
      node,
      threadCount: 2,
      clock,
      random: realRandom,
      threads: new WorkerThreads({ clock, startTimeoutMs: settings.timings.startTimeoutMs, observer: module }),
      transport: natsTransport({ servers }),
      observer,
    });
    made.on("replaced", () => {
      isReplaced = true;
    });
    for (const name of events) made.on(name, (detail) => observer.event(node, name, plain(detail)), { priority: 1_000 });
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
  fail: async (ids) => {
    for (const id of ids) hub().ref(Clerk, id).tell("fail");
  },
  hold: async () => clock.hold(),
  release: async () => clock.release(),
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
  replaced: async () => {
    await until("it is replaced", () => isReplaced, settleWithinMs);
    if (hub().isAlive()) throw new Error("a hub that was replaced says that it is alive");
    await hub().close();
    const said = await calls.hush();
    opened = undefined;
    return said;
  },
};

function plain(detail: unknown): unknown {
  const text = (_: string, value: unknown): unknown => (value instanceof Error ? `${value.name}: ${value.message}` : value);
  return JSON.parse(JSON.stringify(detail, text));
}

answerCalls(calls, () => opened !== undefined);
