/*
 * Says in the log which handlers threw: the first few of a second each in a line, the others as a number.
 * Without it an actor that goes on after a throw would hide it, or a flood of bad requests would bury the log.
 */
import type { Clock, HandlerFailure } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";

const everyMs = 1_000;
/** So many lines a second say what failed. */
const linesASecond = 10;

/** What it says it with, and when. */
export interface FailedHandlersPorts {
  readonly clock: Pick<Clock, "setTimeout">;
  readonly log: Log;
}

/** A handler that threw, as far as a line names it. */
type Failed = Pick<HandlerFailure, "id" | "actor" | "message" | "outcome">;

/** Writes what handlers threw to the log. */
export class FailedHandlers {
  readonly #ports: FailedHandlersPorts;
  #lines = 0;
  #unsaid = 0;
  #isCounting = false;

  constructor(ports: FailedHandlersPorts) {
    this.#ports = ports;
  }

  /** A handler threw. `asked`: its caller got the error as well. An actor that restarts or stops has a line of its own for that. */
  note({ id, actor, message, outcome }: Failed, asked: boolean, error: Error): void {
    if (outcome !== "resume") return;
    this.#count();
    if (this.#lines >= linesASecond) {
      this.#unsaid++;
      return;
    }
    this.#lines++;
    const text = `the handler of ${message} threw, and actor ${id} (${actor}) goes on: ${error.message}`;
    // Nobody else hears of what was told.
    this.#ports.log(asked ? "warn" : "error", text, error);
  }

  /** So many more threw, of which nothing else is known. */
  noteMore(count: number): void {
    this.#count();
    this.#unsaid += count;
  }

  #count(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#ports.clock.setTimeout(() => this.#nextSecond(), everyMs);
  }

  #nextSecond(): void {
    const unsaid = this.#unsaid;
    this.#lines = 0;
    this.#unsaid = 0;
    this.#isCounting = false;
    if (unsaid > 0) this.#ports.log("error", `${unsaid} more handlers threw within a second; each is a \`handlerFailed\` event`);
  }
}
