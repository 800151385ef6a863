import { type Behaviour, Cell, type CellBirth, type CellHost, type Mail, type Origin } from "@process-hub/actor";
import { StartFailed, type StartOrder } from "@process-hub/protocol";
import { kindTerms } from "./kind-terms.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of births, beside the thread's context. */
interface BirthsPorts {
  /** The definitions of this thread, by actor name. */
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  readonly host: CellHost;
  /** Delivers mail that came for a cell which could not begin. */
  readonly deliverAll: (mail: Iterable<Mail>) => void;
}

/**
 * Makes the cells of a thread and starts them; a cell that cannot start leaves nothing behind.
 * Without it an `init` that throws or hangs would leave a cell that takes mail and never handles it.
 */
export class Births {
  readonly #context: ThreadContext;
  readonly #ports: BirthsPorts;

  constructor(context: ThreadContext, ports: BirthsPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** The definition of an actor. Throws `StartFailed` when the thread has none of that name. */
  behaviour(actor: string): Behaviour {
    const { behaviours } = this.#ports;
    const behaviour = behaviours.get(actor);
    if (behaviour !== undefined) return behaviour;
    const known = [...behaviours.keys()].join(", ") || "none";
    throw new StartFailed(
      `no actor named ${JSON.stringify(actor)} is defined on node ${this.#context.node}; \`actors\` of its hub lists: ${known}`,
      { actor },
    );
  }

  /** A cell that has not begun. Throws `StartFailed` when the thread does not know the actor. */
  cell(birth: CellBirth): Cell {
    return new Cell(this.#ports.host, this.behaviour(birth.spec.actor), birth);
  }

  /** The cell of an actor that runs here, or is to: its changes are followed where replicas are kept. */
  activeCell({ spec, epoch, life }: Omit<CellBirth, "mode">): Cell {
    // One that may run on this node alone has no replica, and nothing of it lags behind. One that was moved off its only node has one there.
    const mayStand = spec.nodes === undefined || spec.nodes.some((node) => node !== this.#context.node);
    const isWatched = kindTerms(this.#context.settings, this.behaviour(spec.actor)).standby;
    return this.cell({ spec, epoch, mode: "active", life, watched: mayStand && isWatched });
  }

  /** Begins an actor or an active replica. Throws, or rejects, what its `init` does; then nothing is left of it. */
  begin(order: StartOrder, origin: Origin | undefined): Promise<void> | undefined {
    const { cells, checks } = this.#context;
    const { id } = order.spec;
    const cell = this.activeCell(order);
    checks.invariant(!cells.has(id), "a cell begins under an id that no other has here", () => id);
    cells.set(id, cell);
    const forget = (): void => {
      const mail = cell.discard();
      if (cells.get(id) === cell) cells.delete(id);
      this.#ports.deliverAll(mail);
    };
    try {
      const begun = cell.begin(origin);
      return begun?.catch((error: unknown) => {
        forget();
        throw error;
      });
    } catch (error) {
      forget();
      throw error;
    }
  }
}
