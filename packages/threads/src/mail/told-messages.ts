/*
 * Tells who listens to `process-hub:ask` and `process-hub:tell` of a message, where it is made, and lets them set the trace that it carries.
 * Without it each way to send would have to know what a listener is told, and when.
 */
import { type AskDiagnostic, diagnostics, type Header, retraced, type TellDiagnostic, toldTwice } from "@process-hub/protocol";
import type { AskSettlers } from "./asks.js";

/** A tell, as its listeners get it. Returns the header that it carries then. */
export function toldTell(tell: Omit<TellDiagnostic, "trace">, header: Header | undefined): Header | undefined {
  const told: TellDiagnostic = { ...tell, trace: header?.trace };
  diagnostics.tell.publish(told);
  return retraced(header, told.trace);
}

/**
 * An ask, as its listeners get it. Returns the header that it carries then, and how it is settled. `isStream`: its reader stops when it has enough,
 * which is no failure.
 */
export function toldAsk(
  ask: Omit<AskDiagnostic, "trace" | "phase">,
  header: Header | undefined,
  settlers: AskSettlers,
  isStream = false,
): { readonly header: Header | undefined; readonly settlers: AskSettlers } {
  const told: AskDiagnostic = { ...ask, phase: "begin", trace: header?.trace };
  const ended = toldTwice(diagnostics.ask, told);
  return {
    header: retraced(header, told.trace),
    settlers: {
      resolve: (reply) => {
        ended();
        settlers.resolve(reply);
      },
      reject: (reason) => {
        ended(isStream ? undefined : reason);
        settlers.reject(reason);
      },
      fail: (error) => {
        ended(error);
        settlers.fail(error);
      },
    },
  };
}
