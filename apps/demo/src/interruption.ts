/*
 * Turns Ctrl-C and `kill` into an abort of the demo.
 * Without it an interrupted demo would leave its nodes, processes and server running.
 */
import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Aborted by Ctrl-C and by a plain `kill`; the reason is the exit code. A second signal ends the process at once. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of signals)
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (interrupted.signal.aborted) process.exit(exitCode);
      interrupted.abort(exitCode);
    });
  return interrupted.signal;
}
