/**
 * Why an actor is to move.
 * Without one list of reasons an actor could not tell a drain from a rebalancing, and would put off both.
 */
import { z } from "zod";

/** Somebody asked for it (`hub.move`); members came or went; the node of the actor drains, or leaves. */
export const MoveWhy = z.enum(["move", "redistribution", "drain", "leave"]);
export type MoveWhy = z.infer<typeof MoveWhy>;
