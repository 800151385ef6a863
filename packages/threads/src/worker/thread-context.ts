import type { Cell } from "@process-hub/actor";
import type {
  ActorId,
  Checks,
  Clock,
  HandoffFrame,
  NodeName,
  PlaceId,
  Random,
  ReplicaFrame,
  ThreadSettings,
  ToMainFrame,
} from "@process-hub/protocol";
import type { ThreadCounters } from "./thread-counters.js";

/**
 * What all parts of one thread may use: where they are, the time, the cells, the counters, and a way to send frames.
 * Without it every part would take the runner whole, and none could be tested by itself. What a part needs beyond this it declares.
 */
export interface ThreadContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ThreadSettings;
  readonly place: PlaceId;
  readonly node: NodeName;
  /** The place of this node's main thread. */
  readonly main: PlaceId;
  /** The number of the thread in its node. */
  readonly thread: number;
  /** The cells that run here, or are about to: actors and active replicas, by id. */
  readonly cells: Map<ActorId, Cell>;
  readonly counters: ThreadCounters;
  readonly checks: Checks;
  /** Sends a frame to a place. `bytes`: about its size; `envelopes`: how many change hands by it. */
  readonly send: (to: PlaceId, frame: HandoffFrame | ReplicaFrame, bytes?: number, envelopes?: number) => void;
  /** Tells the main thread of this node. */
  readonly tellMain: (frame: ToMainFrame, bytes?: number) => void;
  /** True for a place that is known to be down. */
  readonly isDown: (place: PlaceId) => boolean;
  /** Writes to the log of the node about an actor. */
  readonly log: (level: "debug" | "info" | "warn" | "error", id: ActorId, message: string, data?: unknown) => void;
}
