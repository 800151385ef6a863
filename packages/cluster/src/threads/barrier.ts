/** Who has still to say that something is so: threads, by their place, and nodes, by their name. */
export class Barrier {
  readonly #waiting = new Map<string, { readonly names: Set<string>; readonly done: () => void }>();

  /** Resolves when each has said so, or is gone. Another one of the same key ends it. */
  begin(key: string, names: readonly string[]): Promise<void> {
    this.#waiting.get(key)?.done();
    return new Promise((done) => {
      if (names.length === 0) done();
      else this.#waiting.set(key, { names: new Set(names), done });
    });
  }

  said(key: string, name: string): void {
    const waiting = this.#waiting.get(key);
    if (!waiting?.names.delete(name) || waiting.names.size > 0) return;
    this.#waiting.delete(key);
    waiting.done();
  }

  gone(name: string): void {
    for (const key of [...this.#waiting.keys()]) this.said(key, name);
  }
}
