import type { ActorId, Epoch, Mode, NodeName } from "@process-hub/protocol";

/**
 * An actor as `ctx.list` shows it: what `hub.list` shows too.
 * Without it a handler could not look for other actors, since the registry is on the main thread.
 */
export interface ListedActor {
  readonly id: ActorId;
  /** The name of its definition. */
  readonly actor: string;
  /** Where it runs, its own place first; none while it waits for its next start. */
  readonly replicas: readonly { readonly node: NodeName; readonly thread: number; readonly epoch: Epoch; readonly mode: Mode }[];
  readonly tag?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** Which actors `ctx.list` gives: those that fit all that is given. */
export interface ActorQuery {
  /** A definition, or its name. */
  readonly actor?: string | { readonly name: string } | undefined;
  readonly tag?: string | undefined;
}
