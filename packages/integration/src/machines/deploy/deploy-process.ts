/*
 * The program of a process of the deploy drill: one node of build 1 or 2, or, as build 0, one without actors, where the users are.
 * Without it both builds would share one process, as no deploy does.
 */
import type { TypedActor } from "@process-hub/actor";
import { natsTransport } from "@process-hub/transport-nats";
import { type AnyActor, child, createHub, type Hub, hotSwap, replication } from "process-hub";
import { answerCalls } from "../answer-calls.js";
import { Cart1 } from "./cart-1.actor.js";
import { Cart2, Coupon } from "./cart-2.actor.js";
import { type UserFigures, Users } from "./users.js";

/** The build of a process; 0: a gateway. */
export type Build = 0 | 1 | 2;

const builds: Readonly<Record<Build, readonly AnyActor[]>> = { 0: [], 1: [Cart1], 2: [Cart2, Coupon] };
const kinds = { cart: Cart2, coupon: Coupon };

/** The calls of the process. */
export interface DeployCalls {
  open(options: { readonly node: string; readonly servers: string; readonly build: Build }): Promise<void>;
  settled(timeoutMs: number): Promise<void>;
  /** Starts actors; resolves with the refused ones, as text. */
  start(kind: keyof typeof kinds, ids: string[]): Promise<string[]>;
  ask(kind: keyof typeof kinds, id: string, message: string): Promise<unknown>;
  /** The states of carts. */
  read(ids: string[]): Promise<{ readonly items: number; readonly currency?: string }[]>;
  explain(id: string): Promise<string>;
  /** The ids of the actors that run, by node. */
  places(): Promise<Record<string, number>>;
  use(ids: string[], perSecond: number): Promise<void>;
  /** The longest that an answer took since this was asked last. */
  lap(): Promise<number>;
  unuse(): Promise<UserFigures>;
  /** Leaves; resolves with the actors that ended with the node, and the longest time that one stood still for its move from here. */
  close(): Promise<{ readonly ended: readonly string[]; readonly pauseMs: number }>;
}

let hub: Hub | undefined;
let users: Users | undefined;
const opened = (): Hub => {
  if (hub === undefined) throw new Error("open first");
  return hub;
};

const calls: DeployCalls = {
  open: async ({ node, servers, build }) => {
    hub = await createHub({
      id: "deploy",
      node,
      threads: 1,
      actors: builds[build],
      transport: natsTransport({ servers }),
      migration: hotSwap({ batchSize: 25 }),
      redundancy: replication({ factor: 2, model: "active-passive" }),
    });
  },
  settled: (timeoutMs) => opened().settled({ timeoutMs }),
  start: async (kind, ids) => {
    const { errors } = await opened().startChildren(ids.map((id) => child(kinds[kind], { id })));
    return errors.map(({ id, error }) => `${id}: ${error.message}`);
  },
  ask: (kind, id, message) => opened().ref<TypedActor>(kinds[kind], id).ask(message),
  read: (ids) => Promise.all(ids.map((id) => opened().ref(Cart2, id).ask("read"))),
  explain: async (id) => opened().explain(id).state,
  places: async () => {
    const counts: Record<string, number> = {};
    for (const { replicas } of opened().list({ actor: "cart" })) {
      const at = replicas[0]?.node ?? "nowhere";
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  },
  use: async (ids, perSecond) => {
    users = new Users(opened(), ids, perSecond);
  },
  lap: async () => users?.lap() ?? 0,
  unuse: async () => {
    if (users === undefined) throw new Error("use first");
    return users.stop();
  },
  close: async () => {
    const { ended } = await opened().close();
    const pauseMs = Math.round(opened().stats().moves.longestPauseMs);
    hub = undefined;
    return { ended, pauseMs };
  },
};

answerCalls(calls, () => hub !== undefined);
