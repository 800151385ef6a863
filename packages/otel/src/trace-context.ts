/*
 * Turns what a message carries into a span's context, and back.
 * Without it a trace would end where a message leaves its thread.
 */
import {
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import type { TellDiagnostic } from "@process-hub/protocol";

type Trace = NonNullable<TellDiagnostic["trace"]>;

/** The context of the span that a message came from; undefined: it carries none. */
export function spanContextOf(carried: Trace | undefined): SpanContext | undefined {
  if (carried === undefined) return undefined;
  const [, traceId = "", spanId = "", flags = "00"] = carried.traceparent.split("-");
  const { tracestate } = carried;
  const found: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(found) ? found : undefined;
}

/** What a message is to carry so that its handler goes on from a span; what it carried of baggage stays. */
export function carriedOf(span: Span, before: Trace | undefined): Trace | undefined {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  if (!isSpanContextValid(span.spanContext())) return before;
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
  const tracestate = traceState?.serialize();
  const { baggage } = before ?? {};
  return { traceparent, ...(tracestate ? { tracestate } : {}), ...(baggage === undefined ? {} : { baggage }) };
}

/** Where a message is made: the active span, or what the message carries already where no context manager knows one. */
export function senderContext(carried: Trace | undefined): Context {
  const active = context.active();
  if (trace.getSpanContext(active) !== undefined) return active;
  return receiverContext(carried);
}

/** Where a message is handled: beneath the span that it came from. */
export function receiverContext(carried: Trace | undefined): Context {
  const from = spanContextOf(carried);
  return from === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, from);
}
