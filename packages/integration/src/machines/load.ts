/*
 * Asks actors without pause, and counts the outcomes.
 * Without it nodes would be killed and cut while nothing is under way.
 */
import type { Hub } from "process-hub";
import { Player } from "../fixtures/player.actor.js";

/** The outcomes of a load's asks. `settled` includes the failed ones. */
export interface LoadFigures {
  readonly asked: number;
  readonly settled: number;
  /** By the error's code. */
  readonly failed: Readonly<Record<string, number>>;
  /** How many answered asks each player should have counted. */
  readonly added: Readonly<Record<string, number>>;
}

/** Asks players one after the other, a fixed number at once, until `stop`. */
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

  /** Stops asking; resolves when all asks have settled. */
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
        // A pause: an ask that fails at once would otherwise be repeated for ever in one turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.#settled++;
    }
  }
}
