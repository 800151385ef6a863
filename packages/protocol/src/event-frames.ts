/**
 * What places tell each other about events: a listener asks, the actor's place answers and goes on telling.
 * A listener is the place that a frame comes from, and nothing else: so nobody can listen in the name of another.
 */
import { z } from "zod";
import { Bytes } from "./codec.js";
import { ActorId, Epoch, PlaceId } from "./place.js";
import { EventNumber, EventTerm, GoneReason, ResyncReason } from "./ties.js";
import { WireError } from "./wire-error.js";

const about = { id: ActorId, event: z.string() };

/** The frames about events, between two places. */
export const EventFrame = z.discriminatedUnion("type", [
  /**
   * Tell me of these events after number `since` (null: from now on) of the history `term` (null: whichever). Asked again until it is answered.
   * `once`: only of those that there are by now, beside what I am told already.
   */
  z.strictObject({
    type: z.literal("listen"),
    ...about,
    actor: z.string(),
    /** Under which the actor was found; 0: not known. */
    epoch: Epoch,
    call: z.int().positive(),
    since: EventNumber.nullable(),
    term: EventTerm.nullable(),
    once: z.literal(true).optional(),
  }),
  z.strictObject({ type: z.literal("unlisten"), ...about }),
  /** So far I have taken them in: more may come. */
  z.strictObject({ type: z.literal("eventsTaken"), ...about, seq: EventNumber }),
  /**
   * Events that follow on number `after`, each with its number. `call`: they answer this question, and with `more` others do as well; 0: none.
   * `resync`: why some before them are missing.
   */
  z.strictObject({
    type: z.literal("events"),
    ...about,
    call: z.int().nonnegative(),
    term: EventTerm,
    after: EventNumber,
    resync: ResyncReason.optional(),
    more: z.literal(true).optional(),
    items: z.array(z.tuple([EventNumber, Bytes])),
  }),
  /**
   * Nothing more is told from here: the actor went to a place, under an epoch; or it is not here (neither). `gone`: it is nowhere. `error`: it
   * has no such event. `call`: it answers this question alone; 0: it concerns all.
   */
  z.strictObject({
    type: z.literal("unheard"),
    ...about,
    call: z.int().nonnegative(),
    to: z.strictObject({ place: PlaceId, epoch: Epoch }).optional(),
    gone: GoneReason.optional(),
    error: WireError.optional(),
  }),
]);
export type EventFrame = z.infer<typeof EventFrame>;

/** What a listener says. */
export type ListenerFrame = Extract<EventFrame, { type: "listen" | "unlisten" | "eventsTaken" }>;

/** What the place of an actor says to a listener. */
export type TellerFrame = Extract<EventFrame, { type: "events" | "unheard" }>;

/** So many events may be on their way to one listener. */
export const eventCredit = 1_024;
