import type { Hub } from "process-hub";
import { Player } from "../fixtures/player.actor.js";

/** What became of the asks of a load. `settled` has those that failed too. */
export interface LoadFigures {
  readonly asked: number;
  readonly settled: number;
  /** By the error's code. */
  readonly failed: Readonly<Record<string, number>>;
  /** What each player should have counted of the asks that were answered. */
  readonly added: Readonly<Record<string, number>>;
}

/** Asks players one after the other, so many at once, until it is told to stop. */
export class Load {
  readonly #hub: Hub;
  readonly #ids: readonly string[];
  readonly #failed: Record<string, number> = {};
  readonly #added: Record<string, number> = {};
  readonly #lanes: Promise<void>[];
  #asked = 0;
  #settled = 0;
  #on = true;

  constructor(hub: Hub, ids: readonly string[], atOnce: number) {
    this.#hub = hub;
    this.#ids = ids;
    this.#lanes = Array.from({ length: atOnce }, () => this.#lane());
  }

  get figures(): LoadFigures {
    return { asked: this.#asked, settled: this.#settled, failed: this.#failed, added: this.#added };
  }

  /** Asks no more; resolves when all that was asked has settled. */
  async stop(): Promise<LoadFigures> {
    this.#on = false;
    await Promise.all(this.#lanes);
    return this.figures;
  }

  async #lane(): Promise<void> {
    while (this.#on) {
      const id = this.#ids[this.#asked++ % this.#ids.length] ?? "";
      try {
        await this.#hub.ref(Player, id).ask("add", { by: 1 });
        this.#added[id] = (this.#added[id] ?? 0) + 1;
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        this.#failed[code] = (this.#failed[code] ?? 0) + 1;
        // What fails at once would otherwise fail for ever in one turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.#settled++;
    }
  }
}
