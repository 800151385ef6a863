/*
 * The state of the soak's actor, and what it writes into the history of its thread.
 * Without it the check of a round would have to import the actor, and with it the file that the actor's thread writes.
 */
import { join } from "node:path";
import { z } from "zod";

/** The schema of a clerk's state. */
export const State = z.strictObject({ count: z.int(), sum: z.int(), life: z.string() });

/** The state of a clerk: its number of entries, a sum that depends on their order, and which of the lives under its id it is. */
export type ClerkState = z.infer<typeof State>;

/** The event of a history by which a clerk says that a life of it begins. */
export const began = "began";

/** The event of a history by which a clerk says that a life of it takes an entry. */
export const entered = "entered";

/** What `began` and `entered` say: the clerk's id, its life, and the entry. */
export interface ClerkEvent {
  readonly id: string;
  readonly life: string;
  readonly n?: number;
}

/** Adds an entry to a state. */
export function enter(state: ClerkState, n: number): void {
  state.count++;
  state.sum = (Math.imul(state.sum, 31) + n) | 0;
}

/** The file in the folder of a soak that is there while no clerk can begin. */
export function awayMark(folder: string): string {
  return join(folder, "store-away");
}
