/*
 * The clocks of one simulated machine: wrong by hours, fast or slow, set anew, or standing still while the machine is suspended.
 * Without it all nodes would agree on the time, and a rule that compares the instants of two of them would never be caught.
 */

/** How wrong a machine's clocks are. */
export interface ClockFault {
  /** How far its wall clock is ahead of virtual time when its node starts; negative: behind. Default 0. */
  readonly aheadMs?: number;
  /** How fast both clocks go: 1.01 gains a hundredth. Default 1. */
  readonly rate?: number;
}

/** What the clocks of a machine that are right show when virtual time is 0: so much that none that is hours behind shows a time before 1970. */
const epochMs = 1_000_000_000;

/** The clocks of one node's life: the monotonic one begins at the wall clock's time, as on a real machine. */
export class MachineClock {
  readonly #bornMs: number;
  readonly #startAheadMs: number;
  readonly #rate: number;
  #stillMs = 0;
  /** How far the wall clock is ahead of virtual time. It may be set at any time. */
  aheadMs: number;

  constructor(bornMs: number, { aheadMs = 0, rate = 1 }: ClockFault = {}) {
    this.#bornMs = bornMs;
    this.#startAheadMs = aheadMs;
    this.#rate = rate;
    this.aheadMs = aheadMs;
  }

  now(virtualMs: number): number {
    return epochMs + virtualMs + this.#startAheadMs + this.#gained(virtualMs) - this.#stillMs;
  }

  wallMs(virtualMs: number): number {
    return epochMs + virtualMs + this.aheadMs + this.#gained(virtualMs);
  }

  /** How long a timer of this machine waits in virtual time. */
  waits(delayMs: number): number {
    return delayMs / this.#rate;
  }

  /** The machine was suspended: its monotonic clock did not count that time. */
  stoodStill(ms: number): void {
    this.#stillMs += ms;
  }

  #gained(virtualMs: number): number {
    return (virtualMs - this.#bornMs) * (this.#rate - 1);
  }
}
