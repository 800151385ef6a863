/**
 * What a message carries beside its input: its trace, the context of its caller, and the asks that wait for it.
 * Without one schema for it each part that keeps or passes on a message would know it by a shape of its own.
 */
import { z } from "zod";
import { Bytes } from "./codec.js";
import { ActorId, PlaceId } from "./place.js";

/** The most bytes that the context of a message takes, encoded. */
export const contextBytes = 4 * 1024;

/** So many asks a path names at most: of a longer one the oldest are left out. */
export const pathSteps = 64;

/** The longest text of a trace, beside its parent. */
const traceText = 8 * 1024;

/** An ask that waits for the one it led to: the actor that asked, its place, the number of the ask there. */
export const AskStep = z.tuple([ActorId, PlaceId, z.int().positive()]);
export type AskStep = z.infer<typeof AskStep>;

/** A trace as it travels: the three headers of the W3C's Trace Context and Baggage, as text. */
export const Trace = z.strictObject({
  traceparent: z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  tracestate: z.string().max(traceText).optional(),
  baggage: z.string().max(traceText).optional(),
});
export type Trace = z.infer<typeof Trace>;

/** The header of a message; an empty one is absent. */
export const Header = z.strictObject({
  /** The asks that wait for this one, the first of them first. What its sender and number say itself is left out. */
  path: z.array(AskStep).max(pathSteps).optional(),
  trace: Trace.optional(),
  /** What the caller set, encoded once. */
  context: Bytes.refine((bytes) => bytes.byteLength <= contextBytes).optional(),
});
export type Header = z.infer<typeof Header>;

/** What a message hands on to those that come of it but are not waited for: all but the path. */
export function passedOn(header: Header | undefined): Header | undefined {
  if (header?.path === undefined) return header;
  const { trace, context } = header;
  if (trace === undefined && context === undefined) return undefined;
  return { ...(trace === undefined ? {} : { trace }), ...(context === undefined ? {} : { context }) };
}

/** The bytes that a header takes on its way, or a little more. */
export function headerBytes({ path = [], trace, context }: Header): number {
  const steps = path.reduce((sum, [id, place]) => sum + id.length + place.length + 16, 0);
  const texts = trace === undefined ? 0 : 96 + (trace.tracestate?.length ?? 0) + (trace.baggage?.length ?? 0);
  return 32 + steps + texts + (context?.byteLength ?? 0);
}
