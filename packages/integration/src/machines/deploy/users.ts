/*
 * The users of the deploy drill: they add to carts at a fixed rate, from a node without actors, and count what became of it.
 * Without it a deploy would be tried on a hub that nobody uses.
 */
import type { Hub } from "process-hub";
import { Cart1 } from "./cart-1.actor.js";

/** What the users saw. */
export interface UserFigures {
  readonly asked: number;
  readonly answered: number;
  /** By the error's code and text. */
  readonly failed: Readonly<Record<string, number>>;
  /** The answered adds of each cart. */
  readonly added: Readonly<Record<string, number>>;
  /** The longest that an answer took. */
  readonly longestMs: number;
}

const tickMs = 10;

/** Adds to carts in turn, `perSecond` times a second, whether those before are answered or not. */
export class Users {
  readonly #hub: Hub;
  readonly #ids: readonly string[];
  readonly #failed: Record<string, number> = {};
  readonly #added: Record<string, number> = {};
  readonly #open = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #fromMs = performance.now();
  #asked = 0;
  #answered = 0;
  #longestMs = 0;
  #lapMs = 0;

  constructor(hub: Hub, ids: readonly string[], perSecond: number) {
    this.#hub = hub;
    this.#ids = ids;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#fromMs) * perSecond) / 1_000;
      while (this.#asked < due) this.#ask();
    }, tickMs);
  }

  get figures(): UserFigures {
    return {
      asked: this.#asked,
      answered: this.#answered,
      failed: this.#failed,
      added: this.#added,
      longestMs: Math.round(this.#longestMs),
    };
  }

  /** The longest that an answer took since this was asked last. */
  lap(): number {
    const longestMs = Math.round(this.#lapMs);
    this.#lapMs = 0;
    return longestMs;
  }

  /** Stops asking; resolves when all asks have settled. */
  async stop(): Promise<UserFigures> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    return this.figures;
  }

  #ask(): void {
    const id = this.#ids[this.#asked++ % this.#ids.length] ?? "";
    const atMs = performance.now();
    const settled = this.#hub
      .ref(Cart1, id)
      .ask("add")
      .then(
        () => {
          this.#answered++;
          this.#added[id] = (this.#added[id] ?? 0) + 1;
        },
        (error: Error & { readonly code?: string }) => {
          const text = `${error.code}: ${error.message}`;
          this.#failed[text] = (this.#failed[text] ?? 0) + 1;
        },
      )
      .finally(() => {
        const tookMs = performance.now() - atMs;
        this.#longestMs = Math.max(this.#longestMs, tookMs);
        this.#lapMs = Math.max(this.#lapMs, tookMs);
        this.#open.delete(settled);
      });
    this.#open.add(settled);
  }
}
