/**
 * What may be said of an actor as it is started, by a program or by another actor.
 * Without it the two would take different options for one thing.
 */
import type { ActorId, NodeName, RestartPolicy } from "@process-hub/protocol";

/** How an actor is started. */
export interface StartOptions<Args = unknown> {
  readonly id: ActorId;
  readonly args?: Args | undefined;
  /** A name that several actors may share: `hub.lookupTag`. */
  readonly tag?: string | undefined;
  /** Plain data kept in every node's registry. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Default `"permanent"`. */
  readonly restart?: RestartPolicy | undefined;
  /** The nodes it may run on. Default: any. */
  readonly nodes?: readonly NodeName[] | undefined;
  /**
   * True: where no node that is there can run it (none has its kind, or none of `nodes` is there), the start waits for one that can, and the id is taken
   * meanwhile. Default false: such a start fails, with `NoNodeForKind` where no node has the kind.
   */
  readonly whenPossible?: boolean | undefined;
  /** True, in `ctx.start` and `ctx.startAll`: it ends when the actor that starts it has ended for good. Default false. */
  readonly linked?: boolean | undefined;
}
