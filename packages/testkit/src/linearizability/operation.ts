/*
 * One call as its caller saw it: what was asked, from when to when, and how it came out.
 * Without it the checker could read the calls of one harness only.
 */
import { type ActorId, type ErrorCode, HubError } from "@process-hub/protocol";

/**
 * How an operation came out. `returned`: it was done between its invocation and `at`. `refused`: it was not done and will not be. `unknown`:
 * it may have been done at any time since its invocation, may yet be, or never.
 */
export type Outcome =
  | { readonly kind: "returned"; readonly at: number; readonly reply: unknown }
  | { readonly kind: "refused" }
  | { readonly kind: "unknown" };

/** One call of an actor. Its instants are numbers of one clock, in any unit: of two that are equal, neither is taken to be the earlier. */
export interface Operation {
  readonly message: string;
  readonly input?: unknown;
  readonly invokedAt: number;
  readonly outcome: Outcome;
  /** Shown beside it where a check fails: who called, for example. */
  readonly note?: string;
}

/** The codes that the hub gives a message which no handler has seen and none will. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ActorNotFound",
  "ActorStopped",
  "ActorCrashed",
  "StartFailed",
  "MailboxFull",
  "Partitioned",
  "InvalidMessage",
  "WrongActor",
]);

/**
 * How an ask of the actor `id` came out that rejected with `error`. `refused` only for an error of the hub about this actor that says so:
 * `ActorNotFound`, `ActorStopped`, `ActorCrashed`, `StartFailed`, `MailboxFull`, `Partitioned`, `InvalidMessage` and `WrongActor`. Any other may
 * come after the handler began, and is `unknown`: `OutcomeUnknown`, `AskTimeout`, `NodeDown`, `ThreadExited`, `HubClosed`, `InvalidReply`, an abort, and
 * whatever the handler threw.
 */
export function failedOutcome(error: unknown, id: ActorId): Outcome {
  const isRefused = error instanceof HubError && refusals.has(error.code) && error.fields.id === id;
  return { kind: isRefused ? "refused" : "unknown" };
}
