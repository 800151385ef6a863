/*
 * What the program that measures turns and the processes of its nodes say to each other.
 * Without it the two could differ, and a call would wait for an answer for ever.
 */
import type { LongRound } from "./turn-watch.js";

/** The calls of a node's process, with their answers. */
export interface TurnCalls {
  open(): Promise<void>;
  start(ids: string[]): Promise<void>;
  moveAll(ids: string[], node: string): Promise<void>;
  stop(ids: string[]): Promise<void>;
  /** Counts the entries one by one. */
  entries(): Promise<number>;
  close(deadlineMs?: number): Promise<void>;
  /** Actors that came to this node less those that went, and how many other nodes it sees. */
  figures(): Promise<{ readonly came: number; readonly others: number }>;
  /** Resolves when nothing moves, and all nodes know the same. */
  settled(): Promise<void>;
  /** The longest rounds since the last call, the longest first. */
  longest(): Promise<LongRound[]>;
}

/** To a node's process. */
export type ToNode =
  | { readonly type: "call"; readonly call: number; readonly name: keyof TurnCalls; readonly args: readonly unknown[] }
  | { readonly type: "datagram"; readonly from: string; readonly bytes: Uint8Array };

/** From a node's process. `to` absent: to all others. */
export type FromNode =
  | { readonly type: "answer"; readonly call: number; readonly result?: unknown; readonly error?: string }
  | { readonly type: "datagram"; readonly to?: string; readonly bytes: Uint8Array };
