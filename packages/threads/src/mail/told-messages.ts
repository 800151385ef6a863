/*
 * Tells who listens to `process-hub:ask` and `process-hub:tell` of a message, where it is made, and lets them set the trace that it carries.
 * Without it each way to send would have to know what a listener is told, and when.
 */
import { type AskDiagnostic, diagnostics, type Header, type TellDiagnostic, toldTwice } from "@process-hub/protocol";
import type { AskSettlers } from "./asks.js";

/** A tell, as its listeners get it. Returns the header that it carries then. */
export function toldTell(tell: Omit<TellDiagnostic, "trace">, header: Header | undefined): Header | undefined {
  const told: TellDiagnostic = { ...tell, trace: header?.trace };
  diagnostics.tell.publish(told);
  return withTrace(header, told.trace);
}

/** An ask, as its listeners get it. Returns the header that it carries then, and how it is settled. */
export function toldAsk<S extends AskSettlers>(
  ask: Omit<AskDiagnostic, "trace" | "phase">,
  header: Header | undefined,
  settlers: S,
): { readonly header: Header | undefined; readonly settlers: AskSettlers } {
  const told: AskDiagnostic = { ...ask, phase: "begin", trace: header?.trace };
  const ended = toldTwice(diagnostics.ask, told);
  const failing = (settle: (error: unknown) => void) => (error: unknown) => {
    ended(error);
    settle(error);
  };
  return {
    header: withTrace(header, told.trace),
    settlers: {
      resolve: (reply) => {
        ended();
        settlers.resolve(reply);
      },
      reject: failing((error) => settlers.reject(error)),
      fail: failing((error) => settlers.fail(error)),
    },
  };
}

function withTrace(header: Header | undefined, trace: Header["trace"]): Header | undefined {
  if (trace === header?.trace) return header;
  return { ...header, ...(trace === undefined ? {} : { trace }) };
}
