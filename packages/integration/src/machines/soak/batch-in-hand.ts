/*
 * Corrects a history for batches of handlers that a freeze cut in two.
 * Without it the checkers would report a thawed thread that finishes its batch as a second life of the actor.
 */
import { nodeLifeOf, nodeOf } from "@process-hub/protocol";
import type { HistoryEvent } from "@process-hub/testkit";

/** The longest batch of handlers of one actor; a runner checks the lease before each batch. */
const batch = 32;
/** How long a fenced node listens at least before it serves again. */
const listensMs = 1_000;
/** A node that slept for less than this goes on as before. */
const leaseMs = 1_500;

/**
 * The history with each batch that a freeze cut in two moved to where it stood still: a freeze is said before it is done, and a thread may
 * handle some more meanwhile. A thread in the middle of a batch finishes it when it is
 * thawed, and checks its node's lease only after that: one actor of a thread, and 32 messages at most.
 */
export function batchesWhereTheyBegan(events: readonly HistoryEvent[]): HistoryEvent[] {
  /** The latest life of each node that has handled anything: what a freeze of the node stops. */
  const lives = new Map<string, string>();
  const frozen = new Map<string, { readonly life: string | undefined; readonly atMs: number }>();
  const inHand = new Map<string, { readonly actor: string | undefined; readonly left: number }>();
  /** When each place handled something last, batches that were moved left out. */
  const handledAtMs = new Map<string, number>();
  const thaws = new Map<string, { readonly frozenAtMs: number; readonly thawedAtMs: number }>();
  const moved = events.map((event): HistoryEvent => {
    if (event.kind === "fault") {
      const [what = "", node = ""] = event.what.split(" ");
      if (what === "freeze") frozen.set(node, { life: lives.get(node), atMs: event.atMs });
      if (what === "thaw") {
        const { life = "", atMs: sinceMs } = frozen.get(node) ?? { atMs: event.atMs };
        thaws.delete(life);
        if (event.atMs - sinceMs > leaseMs) thaws.set(life, { frozenAtMs: sinceMs, thawedAtMs: event.atMs });
        for (const place of inHand.keys()) if (nodeLifeOf(place) === life) inHand.delete(place);
      }
    }
    if (event.kind !== "handling") return event;
    const life = nodeLifeOf(event.place);
    lives.set(nodeOf(event.place), life);
    const thaw = thaws.get(life);
    if (thaw === undefined || event.atMs - thaw.thawedAtMs >= listensMs) {
      handledAtMs.set(event.place, event.atMs);
      return event;
    }
    const { actor = event.message.to, left } = inHand.get(event.place) ?? { actor: undefined, left: batch };
    const same = actor === event.message.to && left > 0;
    inHand.set(event.place, { actor, left: same ? left - 1 : 0 });
    return same ? { ...event, atMs: Math.max(thaw.frozenAtMs, handledAtMs.get(event.place) ?? 0) } : event;
  });
  return moved.sort((a, b) => a.atMs - b.atMs);
}
