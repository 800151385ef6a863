/*
 * Names actors in a line that people read, however many there are.
 * Without it an event that concerns 100,000 actors would be as many lines, or one that nobody can read.
 */
import type { ActorId } from "@process-hub/protocol";

/** How many ids are named. */
const shownIds = 10;

/** "12 actors (x, y ... and 2 more)". */
export function namedActors(ids: readonly ActorId[]): string {
  const shown = ids.slice(0, shownIds);
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : "";
  return `${ids.length} actors (${shown.join(", ")}${more})`;
}
