/*
 * The phases of a node's right to serve, as a table: what may follow on what, and what is allowed in each.
 * A step that is not in it would be a second way to serve, in the place where a mistake is two lives of an actor.
 */

/**
 * `always`: the strategy serves whatever happens. `joining`: it has not served yet. `returning`: it serves again, and adopts nothing before all have
 * heard of each other. `agreed`: a quorum agrees with it on who is there. `alone`: its lease holds, and the quorum does not agree just now.
 * `kept`: it does not serve, and its actors stay in their threads. `stopped`: it does not serve, and its actors end.
 */
export type ServingPhase = "always" | "joining" | "returning" | "agreed" | "alone" | "kept" | "stopped";

/** One phase: what may follow, and what a node in it may do. */
export interface ServingPhaseRules {
  readonly to: readonly ServingPhase[];
  /** Serves nothing. */
  readonly paused: boolean;
  /** May start, stop and hand over actors, while its lease holds. */
  readonly starts: boolean;
  /** May start what dead nodes ran, while its lease holds. */
  readonly adopts: "yes" | "no" | "after a while";
}

/** What may follow on what. */
export const servingPhases: Readonly<Record<ServingPhase, ServingPhaseRules>> = {
  always: { to: [], paused: false, starts: true, adopts: "yes" },
  joining: { to: ["returning"], paused: true, starts: false, adopts: "no" },
  returning: { to: ["agreed", "alone", "kept", "stopped"], paused: false, starts: true, adopts: "after a while" },
  agreed: { to: ["alone", "kept", "stopped"], paused: false, starts: true, adopts: "yes" },
  alone: { to: ["returning", "agreed", "kept", "stopped"], paused: false, starts: true, adopts: "no" },
  kept: { to: ["stopped", "returning"], paused: true, starts: false, adopts: "no" },
  stopped: { to: ["kept", "returning"], paused: true, starts: false, adopts: "no" },
};
