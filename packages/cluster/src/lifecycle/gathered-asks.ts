/*
 * Asks about many things one question at a time: what comes while it is out gathers for the next.
 * Without it a cut that heals would send a question for each of 100,000 actors, or one question about all of them.
 */
import { gather, sliceSize } from "@process-hub/protocol";

interface Waiting<T, A> {
  readonly item: T;
  readonly resolve: (answer: A | undefined) => void;
}

/** Who answers, and how. */
export interface GatheredAsksPorts<T, A> {
  /** Asks about some things, at most so many as one turn works on. The answers are in their order. */
  readonly ask: (to: string, items: readonly T[]) => Promise<readonly A[]>;
}

/** Questions, gathered by whom they go to. */
export class GatheredAsks<T, A> {
  readonly #ports: GatheredAsksPorts<T, A>;
  readonly #waiting = new Map<string, Waiting<T, A>[]>();

  constructor(ports: GatheredAsksPorts<T, A>) {
    this.#ports = ports;
  }

  /** Resolves with the answer; with undefined when the question fails. */
  about(to: string, item: T): Promise<A | undefined> {
    return new Promise((resolve) => {
      const isFirst = !this.#waiting.has(to);
      gather(this.#waiting, to, { item, resolve });
      if (isFirst) void this.#ask(to);
    });
  }

  async #ask(to: string): Promise<void> {
    for (let some = this.#take(to); some.length > 0; some = this.#take(to)) {
      const items = some.map(({ item }) => item);
      const answers = await this.#ports.ask(to, items).catch((): readonly A[] => []);
      some.forEach(({ resolve }, index) => {
        resolve(answers[index]);
      });
    }
    this.#waiting.delete(to);
  }

  #take(to: string): Waiting<T, A>[] {
    const all = this.#waiting.get(to) ?? [];
    this.#waiting.set(to, all.slice(sliceSize));
    return all.slice(0, sliceSize);
  }
}
