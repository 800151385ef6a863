/*
 * A subscription that a node of a life has.
 * Without it nobody could tell at rest which of them are to hear what comes.
 */
import type { Hub } from "@process-hub/cluster";

/** A subscription of a node's main thread. */
export interface NodeEar {
  readonly hub: Hub;
  /** Its name in the history. */
  readonly by: string;
  readonly to: string;
  /** The number that it heard last. */
  last: number;
  /** The place of the actor knows of it: what is emitted from then on is heard. */
  isReady: boolean;
  /** It hears no more, by its own wish or by that of the hub. */
  isOver: boolean;
}
