/*
 * Checks the arguments of a simulation's verbs.
 * Without it a wrong node number or time would break a story somewhere else.
 */
import { HubConfigError, shown } from "@process-hub/protocol";

/** The error of a verb with a wrong argument: it says what was given and what is allowed. */
export function refused(verb: string, given: string, allowed: string): HubConfigError {
  return new HubConfigError(`sim.${verb}: ${allowed}; given: ${given}`, { path: verb, given, allowed });
}

/** A span of virtual time. Throws `HubConfigError`. */
export function checkedMs(verb: string, ms: unknown): number {
  if (typeof ms === "number" && Number.isFinite(ms) && ms >= 0) return ms;
  throw refused(verb, shown(ms), "takes milliseconds: a number, not negative");
}

/** The answer of a check: a promise would count as true before it is one. Throws `HubConfigError`. */
export function checkedAnswer(verb: string, answer: unknown): boolean {
  if (typeof (answer as { readonly then?: unknown } | undefined)?.then !== "function") return Boolean(answer);
  throw refused(verb, "a check that returns a promise", "takes a check that answers at once: ask before, and look at what came");
}

/** The groups of a cut: lists of node numbers, each checked later, with no node in two of them. Throws `HubConfigError`. */
export function checkedGroups(groups: unknown): readonly (readonly number[])[] {
  const allowed = "takes groups of nodes, such as [[0], [1, 2]], at least two, and each node in one of them";
  const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
  if (!isList(groups) || groups.length < 2 || !groups.every(isList)) throw refused("cut", shown(groups), allowed);
  const all = groups.flat();
  if (new Set(all).size < all.length) throw refused("cut", shown(groups), allowed);
  return groups as readonly (readonly number[])[];
}
