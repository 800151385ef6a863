import { type Clock, Waiters } from "@process-hub/protocol";

/** Who has the work: it hears when one begins, and when none is in hand any more. */
interface WorkHolder {
  workChanged(busy: boolean): void;
}

/**
 * The one async piece of work a cell has in hand (a handler, or a start), and those who wait for its end.
 * Without it nobody could wait for a handler to end, and one that was given up could still change the cell when it ends late.
 */
export class CurrentWork {
  readonly #holder: WorkHolder;
  #turn = 0;
  #busy = false;
  /** Made with the first: few wait. */
  #idle: Waiters | undefined;

  constructor(holder: WorkHolder) {
    this.#holder = holder;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Is busy until the work settles; then `done` or `failed` runs, which may begin the next work at once. */
  begin<T>(work: PromiseLike<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    const turn = ++this.#turn;
    this.#set(true);
    const end = (conclude: () => void): void => {
      if (this.#turn !== turn) return;
      this.#set(false);
      conclude();
      if (!this.#busy) this.#idle?.release();
    };
    Promise.resolve(work).then(
      (value) => end(() => done(value)),
      (error: unknown) => end(() => failed(error)),
    );
  }

  /** Gives the work up: its result no longer counts. */
  giveUp(): void {
    this.#turn++;
    if (this.#busy) this.#set(false);
    this.#idle?.release();
  }

  /** Resolves true when there is no work in hand, false at the deadline. */
  idleWithin(clock: Clock, deadlineMs: number): Promise<boolean> {
    if (!this.#busy) return Promise.resolve(true);
    return (this.#idle ??= new Waiters()).waitWithin(clock, deadlineMs);
  }

  #set(busy: boolean): void {
    this.#busy = busy;
    this.#holder.workChanged(busy);
  }
}

/** True for what has to be waited for. */
export function isPromise(value: unknown): value is Promise<unknown> & Promise<void> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
