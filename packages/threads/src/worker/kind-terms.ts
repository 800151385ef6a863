/*
 * What a thread goes by when it keeps, or waits for, the standbys of an actor: its kind's redundancy, else the hub's.
 * Without it an actor whose kind has a redundancy of its own would be answered by the terms of all others.
 */
import type { Behaviour } from "@process-hub/actor";
import type { ThreadSettings } from "@process-hub/protocol";

/** The terms of one kind of actors. */
export interface KindTerms {
  /** Passive replicas receive the state of the active one. */
  readonly standby: boolean;
  /** How many standbys have a state before what was sent from it leaves. */
  readonly acknowledge: NonNullable<ThreadSettings["acknowledge"]>;
}

/** The terms of the actors of a definition. */
export function kindTerms(
  settings: Pick<ThreadSettings, "standby" | "acknowledge">,
  behaviour: Pick<Behaviour, "redundancy"> | undefined,
): KindTerms {
  const { standby = false, acknowledge = "none" } = behaviour?.redundancy ?? settings;
  return { standby, acknowledge };
}
