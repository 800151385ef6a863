import {
  type ActorId,
  type Epoch,
  findUntravelable,
  type Mode,
  type NodeName,
  type Timer,
  toWireError,
} from "@process-hub/protocol";
import type { Cell } from "./cell.js";
import type { ActorContext, ActorLog, StartOptions } from "./context.js";
import type { ArgsOf, MessagesOf, TypedActor } from "./definition.js";
import type { ActorRef, AskOptions } from "./ref.js";

/** The `ctx` of one cell: one object for all its handlers, what changes per message is read through it. */
export class CellContext implements ActorContext {
  readonly #cell: Cell;
  readonly log: ActorLog;
  #controller: AbortController | undefined;
  #expiry: Timer | undefined;
  #aborted: string | undefined;

  constructor(cell: Cell) {
    this.#cell = cell;
    const write = (level: "debug" | "info" | "warn" | "error") => (message: string, data?: unknown) =>
      cell.host.log(level, cell.id, String(message), loggable(data));
    this.log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  }

  get id(): ActorId {
    return this.#cell.id;
  }

  get self(): ActorRef {
    return this.#refTo(this.#cell.spec.actor, this.#cell.id);
  }

  get node(): NodeName {
    return this.#cell.host.node;
  }

  get thread(): number {
    return this.#cell.host.thread;
  }

  get epoch(): Epoch {
    return this.#cell.epoch;
  }

  get mode(): Mode {
    return this.#cell.mode;
  }

  get sender(): ActorId | undefined {
    return this.#cell.inHand?.sender ?? undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const expiresAtMs = this.#cell.inHand?.expiresAtMs ?? 0;
      if (this.#aborted !== undefined) this.abort(this.#aborted);
      else if (expiresAtMs > 0) {
        const { clock } = this.#cell.host;
        this.#expiry = clock.setTimeout(() => this.abort("the ask has expired"), Math.max(0, expiresAtMs - clock.now()));
      }
    }
    return this.#controller.signal;
  }

  /** Tells the handler in hand to come to an end, whether it asked for the signal already or does so later. */
  abort(reason: string): void {
    this.#aborted ??= reason;
    this.#controller?.abort(new DOMException(this.#aborted, "AbortError"));
  }

  /** The handler has ended: the next one gets a signal of its own. */
  handlerEnded(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#controller = undefined;
    this.#aborted = undefined;
  }

  ref<A extends TypedActor>(actor: A, id: ActorId): ActorRef<MessagesOf<A>> {
    return this.#refTo(actor.name, id) as ActorRef<MessagesOf<A>>;
  }

  async start<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Promise<ActorRef<MessagesOf<A>>> {
    await this.#cell.host.startChild(actor, options);
    return this.ref(actor, options.id);
  }

  stopSelf(reason = "stopSelf"): void {
    this.#cell.stopAfterHandler(reason);
  }

  schedule(key: string, delayMs: number, message: string, input?: unknown): void {
    this.#cell.schedule(key, delayMs, message, input);
  }

  cancel(key: string): boolean {
    return this.#cell.timers.cancel(key);
  }

  ready(): Promise<void> {
    return this.#cell.waitForRoom();
  }

  #refTo(actor: string, id: ActorId): ActorRef {
    const cell = this.#cell;
    return {
      id,
      actor,
      tell: (message: string, input?: unknown) => {
        cell.noteTold(id);
        return cell.host.tell(cell.id, id, message, input);
      },
      ask: (message: string, input?: unknown, options?: AskOptions) => {
        cell.noteTold(id);
        return cell.host.ask(cell.id, id, message, input, options);
      },
    };
  }
}

/** A log line is never lost for its data: what cannot travel is said in words. */
function loggable(data: unknown): unknown {
  try {
    return findUntravelable(data)?.message ?? data;
  } catch (error) {
    return `the data of this line throws when it is read: ${toWireError(error).message}`;
  }
}
