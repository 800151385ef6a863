/*
 * Waits until each of several threads or nodes has said that something is so, or is gone.
 * Without it a step that needs every thread's word would go on too early, or wait for ever for a thread that died.
 */
/** For each key, the threads (by place) and nodes (by name) that have not answered yet. */
export class Barrier {
  readonly #waiting = new Map<string, { readonly names: Set<string>; readonly done: () => void }>();

  /** Resolves when each has answered or is gone. A later wait of the same key ends an earlier one. */
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
