import type { HistoryEvent } from "@process-hub/testkit";

/** A runner looks at the lease before each batch: of one actor, and no longer than this. */
const batch = 32;
/** How long a fenced node listens at least before it serves again. */
const listensMs = 1_000;
/** One that slept for less goes on as it was. */
const leaseMs = 1_500;

/**
 * The history with the batches that a freeze cut in two counted where they began: a thread that was in the midst of one goes on with it
 * when it is thawed, and looks at its node's lease only then. That is one actor of a thread, and 32 messages at most.
 */
export function batchesWhereTheyBegan(events: readonly HistoryEvent[]): HistoryEvent[] {
  const frozenAtMs = new Map<string, number>();
  const inHand = new Map<string, { readonly actor: string | undefined; readonly left: number }>();
  const thaws = new Map<string, { readonly frozenAtMs: number; readonly thawedAtMs: number }>();
  const moved = events.map((event): HistoryEvent => {
    if (event.kind === "fault") {
      const [what = "", node = ""] = event.what.split(" ");
      if (what === "freeze") frozenAtMs.set(node, event.atMs);
      if (what === "thaw") {
        const sinceMs = frozenAtMs.get(node) ?? event.atMs;
        thaws.delete(node);
        if (event.atMs - sinceMs > leaseMs) thaws.set(node, { frozenAtMs: sinceMs, thawedAtMs: event.atMs });
        for (const place of inHand.keys()) if (nodeOf(place) === node) inHand.delete(place);
      }
    }
    if (event.kind !== "handling") return event;
    const thaw = thaws.get(nodeOf(event.place));
    if (thaw === undefined || event.atMs - thaw.thawedAtMs >= listensMs) return event;
    const { actor = event.message.to, left } = inHand.get(event.place) ?? { actor: undefined, left: batch };
    const same = actor === event.message.to && left > 0;
    inHand.set(event.place, { actor, left: same ? left - 1 : 0 });
    return same ? { ...event, atMs: thaw.frozenAtMs } : event;
  });
  return moved.sort((a, b) => a.atMs - b.atMs);
}

const nodeOf = (place: string): string => place.slice(0, place.indexOf("@"));
