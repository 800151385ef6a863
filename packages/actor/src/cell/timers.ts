import type { Bytes, Clock, Timer } from "@process-hub/protocol";

/** A timer as it travels: what remains of it. */
export interface FrozenTimer {
  readonly key: string;
  readonly inMs: number;
  readonly name: string;
  readonly payload: Bytes;
}

interface Pending {
  readonly dueAtMs: number;
  readonly name: string;
  readonly payload: Bytes;
  readonly timer: Timer;
}

/** The longest delay that the machine's timers take: a longer one is waited for in parts. */
const longestMs = 2 ** 31 - 1;

/**
 * An actor's timers by key. Each fires once, as a message; frozen, they keep what time they had left.
 * Without it a move or a stop could leave timers behind that fire for an actor that is gone.
 */
export class ActorTimers {
  readonly #clock: Clock;
  readonly #fire: (name: string, payload: Bytes) => void;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock, fire: (name: string, payload: Bytes) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(key: string, delayMs: number, name: string, payload: Bytes): void {
    this.cancel(key);
    this.#arm(key, this.#clock.now() + delayMs, name, payload);
  }

  cancel(key: string): boolean {
    this.#pending.get(key)?.timer.cancel();
    return this.#pending.delete(key);
  }

  /** Stops all timers and returns what remained of them. */
  freeze(): FrozenTimer[] {
    const frozen = this.left();
    this.clear();
    return frozen;
  }

  /** The timers with the time they have left; they run on. */
  left(): FrozenTimer[] {
    if (this.#pending.size === 0) return [];
    const nowMs = this.#clock.now();
    return [...this.#pending].map(([key, { dueAtMs, name, payload }]) => ({
      key,
      inMs: Math.max(0, dueAtMs - nowMs),
      name,
      payload,
    }));
  }

  thaw(frozen: readonly FrozenTimer[]): void {
    for (const { key, inMs, name, payload } of frozen) this.set(key, inMs, name, payload);
  }

  clear(): void {
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #arm(key: string, dueAtMs: number, name: string, payload: Bytes): void {
    const leftMs = Math.max(0, dueAtMs - this.#clock.now());
    const run = (): void => {
      this.#pending.delete(key);
      if (leftMs > longestMs) this.#arm(key, dueAtMs, name, payload);
      else this.#fire(name, payload);
    };
    this.#pending.set(key, { dueAtMs, name, payload, timer: this.#clock.setTimeout(run, Math.min(leftMs, longestMs)) });
  }
}
