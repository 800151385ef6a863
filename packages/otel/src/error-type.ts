/*
 * How a failure is called in spans and metrics.
 * Without it a message with ids in it could become a metric's label.
 */
import { type Span, SpanStatusCode } from "@opentelemetry/api";

/** The code of one of process-hub's errors, else the class of the error. */
export function errorType(error: unknown): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === "string") return code;
  return typeof name === "string" ? name : typeof error;
}

/** Ends a span; with an error it says of what type that is. */
export function endSpan(span: Span, error: unknown): void {
  if (error !== undefined) {
    const message = error instanceof Error ? error.message : String(error);
    span.setAttribute("error.type", errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}
