import type { AskOptions } from "@process-hub/actor";
import { type HubConfigError, isAbortSignal, optionError, shown } from "@process-hub/protocol";

/**
 * Throws `HubConfigError` for wrong options of an ask. Written out by hand: every ask passes here.
 * Without it an ask could wait for ever, or with a timeout that no frame carries.
 */
export function checkAskOptions(options: AskOptions): void {
  if (typeof options !== "object" || options === null) throw wrong("options", options, "an object: { timeoutMs, signal }");
  const { timeoutMs, signal } = options;
  // An ask without an end could wait for ever, and no frame carries Infinity.
  if (timeoutMs !== undefined && (!Number.isFinite(timeoutMs) || timeoutMs <= 0))
    throw wrong("timeoutMs", timeoutMs, "a finite number above 0");
  if (signal !== undefined && !isAbortSignal(signal)) throw wrong("signal", signal, "an AbortSignal");
  for (const [key, value] of Object.entries(options))
    if (key !== "timeoutMs" && key !== "signal") throw wrong(key, value, "only the options timeoutMs and signal");
}

function wrong(path: string, value: unknown, allowed: string): HubConfigError {
  return optionError("ask", { path, given: shown(value), allowed: `takes ${allowed}` });
}
