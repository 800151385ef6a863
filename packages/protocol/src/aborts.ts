/*
 * Hears of many waits when their signal is aborted, by one listener a signal.
 * Without it n waits with one signal would cost n times n, and Node would warn of a leak from the eleventh on.
 */

/** True for an `AbortSignal`, of another realm or library too. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  return typeof value === "object" && value !== null && "throwIfAborted" in value && "addEventListener" in value;
}

interface Heard {
  readonly waiting: Set<() => void>;
  readonly listener: () => void;
}

/** The waits of one holder, by the signal that ends them. */
export class Aborts {
  readonly #bySignal = new Map<AbortSignal, Heard>();

  /** Has `aborted` called when the signal is; at once when it is already. Returns what forgets it. */
  add(signal: AbortSignal, aborted: () => void): () => void {
    if (signal.aborted) {
      aborted();
      return () => {};
    }
    const { waiting, listener } = this.#bySignal.get(signal) ?? this.#listen(signal);
    // One function may wait twice: each wait is its own.
    const wake = (): void => aborted();
    waiting.add(wake);
    return () => {
      if (!waiting.delete(wake) || waiting.size > 0 || this.#bySignal.get(signal)?.waiting !== waiting) return;
      this.#bySignal.delete(signal);
      signal.removeEventListener("abort", listener);
    };
  }

  #listen(signal: AbortSignal): Heard {
    const waiting = new Set<() => void>();
    const listener = (): void => {
      this.#bySignal.delete(signal);
      for (const wake of waiting) wake();
    };
    const heard = { waiting, listener };
    this.#bySignal.set(signal, heard);
    signal.addEventListener("abort", listener, { once: true });
    return heard;
  }
}
