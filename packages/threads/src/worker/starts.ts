import { type Behaviour, Cell, type Origin } from "@process-hub/actor";
import { type ActorId, AlreadyStarted, type HubError, StartFailed, type StartOrder, toWireError } from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/** How actors begin on a thread: from their `init`, or from a copy that stood here, within a deadline; one that cannot leaves nothing behind. */
export class Starts {
  readonly #runner: Runner;
  readonly #behaviours: ReadonlyMap<string, Behaviour>;

  constructor(runner: Runner, behaviours: ReadonlyMap<string, Behaviour>) {
    this.#runner = runner;
    this.#behaviours = behaviours;
  }

  /** The definition of an actor. Throws `StartFailed` when the thread has none of that name. */
  behaviour(actor: string): Behaviour {
    const behaviour = this.#behaviours.get(actor);
    if (behaviour !== undefined) return behaviour;
    const known = [...this.#behaviours.keys()].join(", ") || "none";
    throw new StartFailed(
      `no actor named ${JSON.stringify(actor)} is defined on node ${this.#runner.node}; \`actors\` of its hub lists: ${known}`,
      { actor },
    );
  }

  /** Starts an actor, which goes on from its copy here if there is one. Throws, or rejects, what its `init` throws, or `AlreadyStarted`. */
  start(order: StartOrder): void | Promise<void> {
    const { id } = order.spec;
    const { target, serving, replicaRecords, cells, thread, node } = this.#runner;
    target.superseded(id, order.epoch);
    if (serving.promote(order)) return;
    const ending = serving.end(id);
    if (ending !== undefined) return ending.then(() => this.start(order));
    const there = cells.get(id);
    if (there?.isEnding === true) return this.#after(there, order);
    if (there !== undefined) throw new AlreadyStarted(`actor ${id} already runs on thread ${thread} of node ${node}`, { id });
    const origin = replicaRecords.release(order);
    if (origin === undefined) return this.begin(order, undefined);
    const anew = (error: unknown): void | Promise<void> => {
      const text = `actor ${id} cannot go on from the state of its copy, and begins anew`;
      this.#runner.log("error", id, text, toWireError(error));
      return this.begin(order, undefined);
    };
    try {
      return this.begin(order, origin)?.catch(anew);
    } catch (error) {
      return anew(error);
    }
  }

  /** Another life of the actor is about to end here, as a copy that gives way: this one begins then. */
  async #after(ending: Cell, order: StartOrder): Promise<void> {
    const { clock, settings } = this.#runner;
    const { id } = order.spec;
    const late = new AlreadyStarted(`another life of actor ${id} does not end within ${settings.initTimeoutMs} ms`, { id });
    await new Promise<void>((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(late), settings.initTimeoutMs);
      void ending
        .over()
        .then(resolve)
        .finally(() => timer.cancel());
    });
    return this.start(order);
  }

  /** Begins an actor here, or a copy that serves. */
  begin({ spec, epoch, bornAtMs }: StartOrder, origin: Origin | undefined): Promise<void> | undefined {
    const { cells, mailer, settings } = this.#runner;
    const birth = { spec, epoch, mode: "active" as const, bornAtMs, watched: settings.standby === true };
    const cell = new Cell(this.#runner, this.behaviour(spec.actor), birth);
    cells.set(spec.id, cell);
    const forget = (): void => {
      const mail = cell.discard();
      if (cells.get(spec.id) === cell) cells.delete(spec.id);
      mailer.deliverAll(mail);
    };
    try {
      const begun = cell.begin(origin);
      return begun === undefined
        ? undefined
        : this.inTime(begun, spec.id).catch((error: unknown) => {
            forget();
            throw error;
          });
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** An `init` or `started` that does not end is a failed start: its batch must not wait for it for ever. */
  inTime(begun: Promise<void>, id: ActorId): Promise<void> {
    const { clock, settings } = this.#runner;
    const { initTimeoutMs } = settings;
    return new Promise((resolve, reject) => {
      const late = clock.setTimeout(
        () => reject(new StartFailed(`the init of actor ${id} did not end within ${initTimeoutMs} ms`, { id })),
        initTimeoutMs,
      );
      begun.then(resolve, reject).finally(() => late.cancel());
    });
  }
}

/** Why a start failed, as its caller is told. */
export function startError(id: ActorId, error: unknown): HubError {
  if (error instanceof StartFailed || error instanceof AlreadyStarted) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StartFailed(`actor ${id} could not be started: ${text}`, { id }, error);
}
