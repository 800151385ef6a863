/**
 * What ties an actor to others, as it moves and stands by with its state: whom it watches, to what it subscribes, and what it emitted lately.
 * Without it a watch would end with each move, and the numbers of events would begin anew.
 */
import { z } from "zod";
import { Bytes } from "./codec.js";
import { ActorId, PlaceId } from "./place.js";

/**
 * Why an actor is gone: it was stopped, ended by itself or was idle; it crashed for good; it died with its node or thread, and nobody starts it
 * again; there is none of the id, and nobody knows of an end.
 */
export const GoneReason = z.enum(["Stop", "Crash", "NodeDown", "NotFound"]);
export type GoneReason = z.infer<typeof GoneReason>;

/**
 * Why events are missing before those that come next: the subscriber took them more slowly than they came; they are older than what its actor
 * keeps; the actor goes on from an earlier state, or from none.
 */
export const ResyncReason = z.enum(["slow", "window", "restarted"]);
export type ResyncReason = z.infer<typeof ResyncReason>;

/** The number of an event of an actor: from 1, and it only grows. */
export const EventNumber = z.int().nonnegative();

/** The unbroken history that numbers belong to: the name of its actor's life when it began. */
export const EventTerm = z.string().min(1);

const Watch = z.strictObject({ id: ActorId, message: z.string(), lineage: z.string().optional() });

const Subscription = z.strictObject({
  id: ActorId,
  actor: z.string(),
  event: z.string(),
  message: z.string(),
  /** The last one that it has heard of; null: it was not answered yet. */
  seq: EventNumber.nullable(),
  term: EventTerm.nullable(),
});

/** The events of one name: the next number, those kept, and the places that listened, with the last one each had taken. */
const Feed = z.strictObject({
  event: z.string(),
  term: EventTerm,
  next: z.int().positive(),
  window: z.array(z.tuple([EventNumber, Bytes])),
  listeners: z.array(z.tuple([PlaceId, EventNumber])),
});
export type Feed = z.infer<typeof Feed>;

/** The ties of an actor; `notices`: messages about others that wait in its mailbox. */
export const Ties = z.strictObject({
  watches: z.array(Watch).optional(),
  subscriptions: z.array(Subscription).optional(),
  notices: z.array(z.strictObject({ name: z.string(), payload: Bytes })).optional(),
  feeds: z.array(Feed).optional(),
});
export type Ties = z.infer<typeof Ties>;

/** About how many bytes ties take on their way. */
export function tiesBytes({ watches = [], subscriptions = [], notices = [], feeds = [] }: Ties): number {
  const heeds = [...watches, ...subscriptions].reduce((sum, { id, message }) => sum + id.length + message.length + 96, 0);
  const waiting = notices.reduce((sum, { name, payload }) => sum + name.length + payload.byteLength + 16, 0);
  const kept = feeds.reduce(
    (sum, { window, listeners }) =>
      sum + 64 + listeners.length * 64 + window.reduce((bytes, [, payload]) => bytes + payload.byteLength + 16, 0),
    0,
  );
  return heeds + waiting + kept;
}
