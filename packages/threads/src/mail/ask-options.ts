import type { AskOptions, TellOptions } from "@process-hub/actor";
import { type HubConfigError, isAbortSignal, optionError, shown } from "@process-hub/protocol";

/**
 * Throws `HubConfigError` for wrong options of an ask. Written out by hand: every ask passes here.
 * Without it an ask could wait for ever, or with a timeout that no frame carries.
 */
export function checkAskOptions(options: AskOptions): void {
  if (typeof options !== "object" || options === null)
    throw wrong("ask", "options", options, "an object: { timeoutMs, signal, context, trace }");
  const { timeoutMs, signal } = options;
  // An ask without an end could wait for ever, and no frame carries Infinity.
  if (timeoutMs !== undefined && (!Number.isFinite(timeoutMs) || timeoutMs <= 0))
    throw wrong("ask", "timeoutMs", timeoutMs, "a finite number above 0");
  if (signal !== undefined && !isAbortSignal(signal)) throw wrong("ask", "signal", signal, "an AbortSignal");
  for (const [key, value] of Object.entries(options))
    if (key !== "timeoutMs" && key !== "signal" && key !== "context" && key !== "trace")
      throw wrong("ask", key, value, "only the options timeoutMs, signal, context and trace");
}

/** Throws `HubConfigError` for wrong options of a tell. */
export function checkTellOptions(options: TellOptions): void {
  if (typeof options !== "object" || options === null) throw wrong("tell", "options", options, "an object: { context, trace }");
  for (const [key, value] of Object.entries(options))
    if (key !== "context" && key !== "trace") throw wrong("tell", key, value, "only the options context and trace");
}

function wrong(call: "ask" | "tell", path: string, value: unknown, allowed: string): HubConfigError {
  return optionError(call, { path, given: shown(value), allowed: `takes ${allowed}` });
}
