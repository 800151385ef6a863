/**
 * What an actor asks of its hub: who is there, which actors, the end of one. Its node's main thread answers, since it has the registry.
 * Without one schema for these calls a thread and its main thread could read one in two ways.
 */
import { z } from "zod";
import { ActorId } from "./place.js";

/** A call of an actor to its hub. */
export const HubCall = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("nodes") }),
  z.strictObject({ type: z.literal("list"), actor: z.string().optional(), tag: z.string().optional() }),
  z.strictObject({ type: z.literal("stop"), id: ActorId, timeoutMs: z.number().positive().optional() }),
]);
export type HubCall = z.infer<typeof HubCall>;
