import { type ActorId, fromWireError, type HandoffFrame, type Outcome, type PlaceId } from "@process-hub/protocol";
import type { Departure } from "./departure.js";
import type { ThreadContext } from "./thread-context.js";

/**
 * Asks a target whether it takes a batch of actors in, and waits for its answer as long as a step of a handoff may take.
 * Without it an actor would be sealed for a target that does not know its definition, or has one of its id.
 */
export class Reservations {
  readonly #context: Pick<ThreadContext, "clock" | "checks" | "settings" | "send">;
  readonly #abort: (departure: Departure) => void;
  readonly #waiting = new Map<string, (outcomes: readonly Outcome[]) => void>();

  /** `abort`: tells the target to forget a departure. */
  constructor(context: Pick<ThreadContext, "clock" | "checks" | "settings" | "send">, abort: (departure: Departure) => void) {
    this.#context = context;
    this.#abort = abort;
  }

  /** Resolves with those the target refuses, and why; all of them when it does not answer, or goes down. */
  reserve(saga: string, departures: readonly Departure[], to: PlaceId): Promise<ReadonlyMap<ActorId, Error>> {
    const { clock, checks, settings, send } = this.#context;
    checks.invariant(!this.#waiting.has(saga), "a batch asks for its places once", () => saga);
    return new Promise((resolve) => {
      const finish = (refused: ReadonlyMap<ActorId, Error>): void => {
        timer.cancel();
        this.#waiting.delete(saga);
        for (const departure of departures) departure.answer = undefined;
        resolve(refused);
      };
      const all = (error: Error): Map<ActorId, Error> => new Map(departures.map(({ cell }) => [cell.id, error]));
      const timer = clock.setTimeout(() => {
        for (const departure of departures) this.#abort(departure);
        finish(all(new Error(`the target did not answer within ${settings.handoffTimeoutMs} ms`)));
      }, settings.handoffTimeoutMs);
      this.#waiting.set(saga, (outcomes) => finish(refusedOf(outcomes)));
      for (const departure of departures) departure.answer = (error) => error !== undefined && finish(all(error));
      const actors = departures.map(({ cell, epoch }) => ({ id: cell.id, epoch, actor: cell.spec.actor }));
      send(to, { type: "reserve", saga, actors }, actors.length * 48);
    });
  }

  /** The target's answer. One that comes late finds no one. */
  receive({ saga, outcomes }: Extract<HandoffFrame, { type: "reserved" }>): void {
    this.#waiting.get(saga)?.(outcomes);
  }
}

function refusedOf(outcomes: readonly Outcome[]): Map<ActorId, Error> {
  const refused = new Map<ActorId, Error>();
  for (const { id, error } of outcomes) if (error !== undefined) refused.set(id, fromWireError(error));
  return refused;
}
