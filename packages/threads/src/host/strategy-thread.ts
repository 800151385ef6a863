import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Clock, hubThreadData, type StrategyPort, type StrayError, ThreadExited, toWireError } from "@process-hub/protocol";
import { Piscina } from "piscina";
import { threadEntry } from "./thread-entry.js";

/** The ports and settings of a strategy's thread. */
export interface StrategyThreadOptions {
  readonly clock: Clock;
  /** The URL of the module whose `serve(origin, port)` runs a strategy behind a MessagePort and resolves when that closes. */
  readonly server: string;
  /** What the thread makes its strategy from: the URL of a module, the name it exports the factory under, and plain settings. */
  readonly origin: { readonly module: string; readonly name: string; readonly settings: unknown };
  /** Who hears of what nobody handles there: the thread goes on. Default: nobody. */
  readonly stray?: ((stray: StrayError) => void) | undefined;
}

/** The pause before a dead thread is replaced: without it each question would start a thread that cannot start. */
const restartAfterMs = 1_000;

interface Life {
  readonly port: MessagePort;
  readonly pool: Piscina;
}

/**
 * The coordinator's end of the channel to a strategy in a worker thread of its own. When the thread dies, all that is open is told that it is gone,
 * and the next question, a second later at the earliest, is put to a new one.
 * Without it a strategy that computes for long would keep the main thread from its heartbeats.
 */
export class StrategyThread implements StrategyPort {
  readonly #options: StrategyThreadOptions;
  #listener: (message: unknown) => void = () => {};
  #life: Life | undefined;
  #died: { readonly atMs: number; readonly error: ThreadExited } | undefined;
  #closed = false;

  constructor(options: StrategyThreadOptions) {
    this.#options = options;
    this.#life = this.#start();
  }

  post(message: unknown): void {
    if (this.#closed) return;
    const { atMs = Number.NEGATIVE_INFINITY } = this.#died ?? {};
    if (this.#life === undefined && this.#options.clock.now() >= atMs + restartAfterMs) this.#life = this.#start();
    if (this.#life === undefined) this.#tellGone();
    else this.#life.port.postMessage(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  /** Ends the thread, a strategy that hangs too. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  #start(): Life {
    const { port1, port2 } = new MessageChannel();
    const pool = new Piscina({
      filename: threadEntry("strategy-entry.cjs"),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      workerData: hubThreadData("a strategy"),
    });
    const life = { port: port1, pool };
    port1.on("message", (message) => this.#listener(message));
    port1.on("messageerror", () => this.#listener(undefined));
    const died = (error: unknown): void => this.#dead(life, error);
    const { server, origin } = this.#options;
    pool.on("message", (message: { readonly stray?: StrayError }) => {
      if (message.stray !== undefined) this.#options.stray?.(message.stray);
    });
    // What fails outside the task is an event of the pool.
    pool.on("error", died);
    pool.run({ server, origin, port: port2 }, { transferList: [port2] }).then(() => died(new Error("it ended")), died);
    return life;
  }

  #dead(life: Life, cause: unknown): void {
    if (this.#life !== life) return;
    const { name } = this.#options.origin;
    const why = cause instanceof Error ? cause.message : String(cause);
    const error = new ThreadExited(`the thread of the strategy ${name} has ended: ${why}`, { strategy: name }, cause);
    this.#died = { atMs: this.#options.clock.now(), error };
    this.#end();
    this.#tellGone();
  }

  #end(): void {
    const life = this.#life;
    this.#life = undefined;
    life?.port.close();
    void life?.pool.destroy();
  }

  #tellGone(): void {
    this.#listener({ type: "gone", error: toWireError(this.#died?.error) });
  }
}
