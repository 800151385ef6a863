/**
 * The names of nodes, threads, actors and epochs, and how a place is written as text.
 * Without one grammar for them a place could be read in two ways, and a bad name would be found on the wire.
 */
import { z } from "zod";

/** A node's name: letters, digits and `. _ -`, 1 to 200 of them. */
export const NodeName = z
  .string()
  .regex(/^[\w.-]{1,200}$/, "a node name has 1 to 200 letters, digits, dots, underscores or hyphens");
export type NodeName = z.infer<typeof NodeName>;

/** A text that travels as it is: half of a surrogate pair would arrive as another character. */
export const Text = z
  .string()
  .refine((text) => text.isWellFormed(), "takes well-formed text: half of a surrogate pair cannot travel");

/** An actor's id: any text of 1 to 512 characters, unique in its hub. */
export const ActorId = Text.min(1).max(512);
export type ActorId = z.infer<typeof ActorId>;

/** Which ownership of an actor something belongs to. Every change of owner raises it; a number is never used twice. */
export const Epoch = z.int().nonnegative();
export type Epoch = z.infer<typeof Epoch>;

/**
 * Where mail can be sent: one life of one thread of one incarnation of a node, as text: `node@incarnation/thread.life`.
 * The node's main thread is `node@incarnation/main`. A place that ended is never used again.
 */
export const PlaceId = z.string().regex(/^[\w.-]+@[\w-]+\/(main|\d+\.\d+)$/);
export type PlaceId = z.infer<typeof PlaceId>;

/** The place of one life of a node's worker thread. */
export function threadPlace(node: NodeName, incarnation: string, thread: number, life: number): PlaceId {
  return `${node}@${incarnation}/${thread}.${life}`;
}

/** The place of a node's main thread. */
export function mainPlace(node: NodeName, incarnation: string): PlaceId {
  return `${node}@${incarnation}/main`;
}

/** The node a place is on. */
export function nodeOf(place: PlaceId): NodeName {
  return place.slice(0, place.lastIndexOf("@"));
}

/** The incarnation of the node a place is on. */
export function incarnationOf(place: PlaceId): string {
  return place.slice(place.lastIndexOf("@") + 1, place.lastIndexOf("/"));
}

/** The index of the thread a place is on, or -1 for a main thread. */
export function threadOfPlace(place: PlaceId): number {
  const thread = place.slice(place.lastIndexOf("/") + 1);
  return thread === "main" ? -1 : Number(thread.slice(0, thread.indexOf(".")));
}

/** A place in the words of a user, who knows nodes and the indices of threads, and not their lives: "thread 0 of node b". */
export function placeInWords(place: PlaceId): string {
  const thread = threadOfPlace(place);
  return `${thread < 0 ? "the main thread" : `thread ${thread}`} of node ${nodeOf(place)}`;
}

/** The same as the fields of an error. */
export function placeFields(place: PlaceId): { readonly node: NodeName; readonly thread: number } {
  return { node: nodeOf(place), thread: threadOfPlace(place) };
}

/** The node and incarnation a place is on, as text: `node@incarnation`. What ends with it is all of its places. */
export function nodeLifeOf(place: PlaceId): string {
  return place.slice(0, place.lastIndexOf("/"));
}

/** A node and incarnation as text: `node@incarnation`. */
export function nodeLife(node: NodeName, incarnation: string): string {
  return `${node}@${incarnation}`;
}
