/*
 * What came of each call of a life: which kind, by which node, of which ids, from when to when, with which result or error.
 * Without it a life could only count its failed calls, and nobody could judge them.
 */
import { type ErrorFields, HubError } from "@process-hub/protocol";

/** What a call was: those of one kind are judged alike. */
export type CallKind =
  | "ask"
  | "start"
  | "batch"
  | "stop"
  | "move"
  | "moveAll"
  | "drain"
  | "open"
  | "close"
  | "stream"
  | "draw"
  | "wait"
  | "relay"
  | "polish"
  | "errand"
  | "other";

/** What a call asked for, as the judge needs to know it. */
export interface Call {
  readonly kind: CallKind;
  /** The actors that it was about. */
  readonly ids?: readonly string[];
  /** The node to which a move was to go. */
  readonly to?: string;
  /** The ids that a start lets end for good by a failure: temporary and transient ones. */
  readonly mayEnd?: readonly string[];
  /** The ids that may run on named nodes only. */
  readonly pinned?: readonly string[];
  /** True for a batch that stops what has started when another start fails. */
  readonly rollsBack?: boolean;
  /** The number of its message, where the judge looks it up. */
  readonly entry?: number;
  /** How long it was to wait at most, when its caller said so. */
  readonly timeoutMs?: number;
}

/** An error as it came to the caller. `code`: of a `HubError`, or the class of another error. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fields: ErrorFields;
}

/** A call that has ended. */
export interface Outcome extends Call {
  /** The call in words. */
  readonly what: string;
  /** The node whose user called; undefined for what no node did. */
  readonly by: string | undefined;
  readonly ids: readonly string[];
  /** In virtual time, as all instants of a history. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Why it failed; undefined when it did not. */
  readonly failure: Failure | undefined;
  /** What it resolved with. */
  readonly value: unknown;
}

/** An error in the form that outcomes have it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof HubError) return { code: error.code, message: error.message, fields: error.fields };
  return error instanceof Error
    ? { code: error.name, message: error.message, fields: {} }
    : { code: typeof error, message: String(error), fields: {} };
}
