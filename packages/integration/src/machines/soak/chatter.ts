/*
 * The load of the soak: tells, asks, relays and schedules, with pauses.
 * Without it kills and freezes of the soak would hit a quiet cluster.
 */
import type { Hub } from "process-hub";
import { Clerk } from "./clerk.actor.js";

/** The outcomes of a chatter's asks. */
export interface ChatterFigures {
  readonly asked: number;
  readonly settled: number;
  readonly failed: Readonly<Record<string, number>>;
  /** The asks that have not settled, in words. */
  readonly waiting: readonly string[];
}

const lanes = 6;

/** Sends clerks messages of every kind, with pauses, until `stop`. */
export class Chatter {
  readonly #hub: Hub;
  readonly #ids: readonly string[];
  readonly #pauseMs: number;
  readonly #failed: Record<string, number> = {};
  readonly #lanes: Promise<void>[];
  readonly #waiting = new Map<number, string>();
  #entry: number;
  #asked = 0;
  #settled = 0;
  #on = true;

  /** `pauseMs`: the pause of each lane after each ask. */
  constructor(hub: Hub, ids: readonly string[], pauseMs: number) {
    this.#hub = hub;
    this.#ids = ids;
    this.#pauseMs = pauseMs;
    // Entries are unique over all processes.
    this.#entry = (process.pid % 20_000) * 100_000 + (Math.floor(performance.now()) % 50_000);
    this.#lanes = Array.from({ length: lanes }, () => this.#lane());
  }

  get figures(): ChatterFigures {
    return { asked: this.#asked, settled: this.#settled, failed: this.#failed, waiting: [...this.#waiting.values()] };
  }

  /** Stops; resolves when all asks have settled, or after `withinMs`. */
  async stop(withinMs: number): Promise<ChatterFigures> {
    this.#on = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(this.#lanes), late]).finally(() => clearTimeout(timer));
    return this.figures;
  }

  async #lane(): Promise<void> {
    while (this.#on) {
      const clerk = this.#hub.ref(Clerk, this.#id());
      for (let n = Math.random() * 4; n > 1; n--) clerk.tell("note", { n: ++this.#entry });
      if (Math.random() < 0.4) clerk.tell("pass", { n: ++this.#entry, to: this.#id() });
      if (Math.random() < 0.2) clerk.tell("later", { n: ++this.#entry, delayMs: Math.random() * 400 });
      const number = ++this.#asked;
      this.#waiting.set(number, `${clerk.id}, asked at ${performance.now().toFixed(0)} ms`);
      await this.#ask(clerk.id).catch((error: unknown) => {
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        this.#failed[code] = (this.#failed[code] ?? 0) + 1;
      });
      this.#waiting.delete(number);
      this.#settled++;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * this.#pauseMs * 2));
    }
  }

  #ask(id: string): Promise<unknown> {
    const clerk = this.#hub.ref(Clerk, id);
    const n = ++this.#entry;
    const kind = Math.random();
    if (kind < 0.4) return clerk.ask("note", { n });
    if (kind < 0.6) return clerk.ask("slowly", { n });
    if (kind < 0.7) return clerk.ask("note", { n }, { timeoutMs: 1 + Math.random() * 10 });
    return clerk.ask("consult", { n, to: this.#id() });
  }

  #id(): string {
    return this.#ids[Math.floor(Math.random() * this.#ids.length)] ?? "";
  }
}
