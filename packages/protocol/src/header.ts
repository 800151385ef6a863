/**
 * What a message carries beside its input: its trace, and the context of its caller.
 * Without one schema for it each part that keeps or passes on a message would know it by a shape of its own.
 */
import { z } from "zod";
import { Bytes } from "./codec.js";

/** The most bytes that the context of a message takes, encoded. */
export const contextBytes = 4 * 1024;

/** The longest text of a trace, beside its parent. */
const traceText = 8 * 1024;

/** A trace as it travels: the three headers of the W3C's Trace Context and Baggage, as text. */
export const Trace = z.strictObject({
  traceparent: z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  tracestate: z.string().max(traceText).optional(),
  baggage: z.string().max(traceText).optional(),
});
export type Trace = z.infer<typeof Trace>;

/** The header of a message; an empty one is absent. */
export const Header = z.strictObject({
  trace: Trace.optional(),
  /** What the caller set, encoded once. */
  context: Bytes.refine((bytes) => bytes.byteLength <= contextBytes).optional(),
});
export type Header = z.infer<typeof Header>;

/** The bytes that a header takes on its way, or a little more. */
export function headerBytes({ trace, context }: Header): number {
  const texts = trace === undefined ? 0 : 96 + (trace.tracestate?.length ?? 0) + (trace.baggage?.length ?? 0);
  return 32 + texts + (context?.byteLength ?? 0);
}

/** A header with the trace that a listener has set; one that is none is not taken. Undefined: then it has nothing. */
export function retraced(header: Header | undefined, trace: unknown): Header | undefined {
  if (trace === header?.trace) return header;
  const rest = header?.context === undefined ? undefined : { context: header.context };
  if (trace === undefined) return rest;
  const parsed = Trace.safeParse(trace);
  return parsed.success ? { ...rest, trace: parsed.data } : header;
}
