/*
 * The phases of a node's right to serve, as a table: which may follow on which, and what is allowed in each.
 * Without it a step that is not allowed could serve in a second way, where a mistake means two lives of an actor.
 */
import type { StateTable } from "@process-hub/protocol";

/** The phases of a node's right to serve. */
export type ServingPhase = "always" | "joining" | "returning" | "agreed" | "alone" | "kept" | "stopped";

const facts = (serves: string, adopts: string): Readonly<Record<string, string>> => ({
  "starts, stops, hands over": serves,
  "adopts orphans": adopts,
});

/** What each phase means, what a node in it may do while its lease holds, and what may follow. */
export const servingPhases: StateTable<ServingPhase> = {
  always: {
    means: "the strategy always serves (`divergence`)",
    next: [],
    facts: facts("yes", "yes"),
  },
  joining: {
    means: "it has not served yet",
    next: ["returning"],
    facts: facts("no", "no"),
  },
  returning: {
    means: "it serves, and has not heard yet who else began to",
    next: ["agreed", "alone", "kept", "stopped"],
    facts: facts("yes", "after `suspectAfterMs`"),
  },
  agreed: {
    means: "a quorum agrees with it on who is there",
    next: ["alone", "kept", "stopped"],
    facts: facts("yes", "yes"),
  },
  alone: {
    means: "its lease holds, and the quorum does not agree just now",
    next: ["returning", "agreed", "kept", "stopped"],
    facts: facts("yes", "no"),
  },
  kept: {
    means: "it serves nothing; its actors stay in their threads, and run nothing",
    next: ["stopped", "returning"],
    facts: facts("no", "no"),
  },
  stopped: {
    means: "it serves nothing; its actors end",
    next: ["kept", "returning"],
    facts: facts("no", "no"),
  },
};

/** The phases in which a node serves nothing. */
export const pausedPhases: ReadonlySet<ServingPhase> = new Set(["joining", "kept", "stopped"]);
