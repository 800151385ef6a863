/**
 * Finds that nothing has happened to an actor for so long as its kind says.
 * Without it an actor that its first message starts would stay for ever, whoever sent that.
 */
import type { Clock, Timer } from "@process-hub/protocol";

/** The ports of an idle watch: its actor. */
export interface IdleWatchPorts {
  readonly clock: Clock;
  readonly idleAfterMs: number;
  /** True when it waits for nothing: no handler is in hand, no message waits, no timer is set. */
  readonly isQuiet: () => boolean;
  /** It has been quiet for so long. */
  readonly idle: () => void;
}

/** One timer, looked at when it fires: what happens meanwhile costs an actor one number. */
export class IdleWatch {
  readonly #ports: IdleWatchPorts;
  #usedAtMs: number;
  #timer: Timer | undefined;

  constructor(ports: IdleWatchPorts) {
    this.#ports = ports;
    this.#usedAtMs = ports.clock.now();
  }

  /** Something happened. */
  used(nowMs: number): void {
    this.#usedAtMs = nowMs;
  }

  /** The actor runs from now on. */
  begin(): void {
    this.#usedAtMs = this.#ports.clock.now();
    if (this.#timer === undefined) this.#arm(this.#ports.idleAfterMs);
  }

  /** The actor is over. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(inMs: number): void {
    this.#timer = this.#ports.clock.setTimeout(() => this.#look(), Math.min(inMs, longestMs));
  }

  #look(): void {
    const { clock, idleAfterMs, isQuiet, idle } = this.#ports;
    this.#timer = undefined;
    const leftMs = this.#usedAtMs + idleAfterMs - clock.now();
    if (leftMs > 0) this.#arm(leftMs);
    else if (isQuiet()) idle();
    else this.#arm(idleAfterMs);
  }
}

/** The longest delay that the machine's timers take. */
const longestMs = 2 ** 31 - 1;
