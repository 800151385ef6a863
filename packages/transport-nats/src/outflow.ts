/** The part of a connection that the outflow uses. */
export interface Flushing {
  /** Resolves when the server has taken all that was published before; rejects when the connection is lost. */
  flush(): Promise<void>;
}

/**
 * Bounds what is published and not yet taken by the server. Without it the client would fill the memory when the server stops
 * reading; links send again what is dropped here.
 */
export class Outflow {
  readonly #connection: Flushing;
  readonly #maxBytes: number;
  #unsentBytes = 0;
  #flushing = false;

  constructor(connection: Flushing, maxBytes: number) {
    this.#connection = connection;
    this.#maxBytes = maxBytes;
  }

  /** True when as many bytes may go out now; they count from here on. What is larger than the bound goes when nothing else is on its way. */
  admits(bytes: number): boolean {
    if (this.#unsentBytes > 0 && this.#unsentBytes + bytes > this.#maxBytes) return false;
    this.#unsentBytes += bytes;
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.#flush());
    }
    return true;
  }

  #flush(): void {
    const bytes = this.#unsentBytes;
    const over = (): void => {
      this.#unsentBytes -= bytes;
      this.#flushing = this.#unsentBytes > 0;
      if (this.#flushing) this.#flush();
    };
    this.#connection.flush().then(over, over);
  }
}
