/*
 * What a hub tells while it works, by channels of Node: who traces or measures listens there, and nobody else pays for it.
 * Without it the packages would each need a hook of their own for it, or import a tracing library.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import type { Trace } from "./header.js";
import type { ActorId, Epoch, NodeName, PlaceId } from "./place.js";

/** What begins and ends is told twice, by the same object. */
interface Phased {
  phase: "begin" | "end";
  /** What it failed with; absent: it did not, or has not ended. */
  error?: unknown;
}

/** An ask, or a stream, of a main thread or of an actor: told where it is made, in whichever thread that is. */
export interface AskDiagnostic extends Phased {
  readonly place: PlaceId;
  /** The actor that asks; null: a main thread. */
  readonly sender: ActorId | null;
  readonly to: ActorId;
  /** The kind of actor; null: the reference did not say. */
  readonly actor: string | null;
  readonly message: string;
  /** What the message carries. A listener may set it as it begins: the handler goes on from there. */
  trace: Trace | undefined;
}

/** A tell, told as it is sent. */
export type TellDiagnostic = Omit<AskDiagnostic, keyof Phased>;

/** A message in the hands of its actor. */
export interface HandleDiagnostic extends Phased {
  readonly place: PlaceId;
  readonly id: ActorId;
  readonly actor: string;
  readonly epoch: Epoch;
  readonly message: string;
  readonly sender: ActorId | null;
  readonly kind: "ask" | "tell" | "stream";
  /** What the message carries. A listener may set it as it begins: what the handler sends goes on from there. */
  trace: Trace | undefined;
  /** A listener may set it as it begins: the handler is run by it, in an async context of the listener's. */
  around: (<T>(run: () => T) => T) | undefined;
}

/** A batch of actors that moves from a node to another place; told by the node that has it moved. */
export interface MoveDiagnostic extends Phased {
  readonly node: NodeName;
  readonly to: NodeName;
  readonly ids: readonly ActorId[];
  /** How many of them have moved, once it has ended. */
  moved: number;
}

/** An event of a hub, as its handlers get it. */
export interface EventDiagnostic {
  readonly event: string;
  readonly detail: object;
}

/**
 * The channels of a thread, by what they tell; in Node each has the name `process-hub:` and this one. Each thread has its own. A publisher asks
 * `hasSubscribers` first: without a listener nothing is made.
 * Source: Node's `diagnostics_channel`.
 */
export const diagnostics = {
  ask: channel("process-hub:ask"),
  tell: channel("process-hub:tell"),
  handle: channel("process-hub:handle"),
  start: channel("process-hub:start"),
  move: channel("process-hub:move"),
  member: channel("process-hub:member"),
  deadletter: channel("process-hub:deadletter"),
} satisfies Record<string, Channel>;

/** A move, if anybody listens: told as it begins, and by the returned function with how many have moved. */
export function toldMove(node: NodeName, to: NodeName, ids: () => readonly ActorId[]): ((moved: number) => void) | undefined {
  if (!diagnostics.move.hasSubscribers) return undefined;
  const told: MoveDiagnostic = { phase: "begin", node, to, ids: ids(), moved: 0 };
  const ended = toldTwice(diagnostics.move, told);
  return (moved) => {
    told.moved = moved;
    ended();
  };
}

/** Begins what ends once: the object is told now, and by the returned function again. */
export function toldTwice(to: Channel, told: Phased): (error?: unknown) => void {
  to.publish(told);
  return (error) => {
    told.phase = "end";
    if (error !== undefined) told.error = error;
    to.publish(told);
  };
}
