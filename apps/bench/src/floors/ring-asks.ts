/*
 * Asks over a ring: numbered, 256 to a batch, each matched by its number.
 * Without it the asks of actors would have no floor.
 */
import { Worker } from "node:worker_threads";
import { pack, unpack } from "msgpackr";
import { RingReader, RingWriter, ringMemory } from "./ring.js";

const batchSize = 256;

/** A thread that answers asks over a ring. */
export class RingAsks {
  readonly #worker: Worker;
  readonly #writer: RingWriter;
  readonly #pending = new Map<number, (n: number) => void>();
  #batch: { readonly id: number; readonly n: number }[] = [];
  #last = 0;

  constructor() {
    const [there, back] = [ringMemory(), ringMemory()];
    this.#worker = new Worker(new URL("./ring-worker.js", import.meta.url), { workerData: { there, back } });
    this.#writer = new RingWriter(there, this.#worker);
    const reader = new RingReader(back);
    this.#worker.on("message", () => reader.read((record) => this.#take(record)));
  }

  /** Resolves with the number, as it came back. */
  ask(n: number): Promise<number> {
    return new Promise((resolve) => {
      const id = ++this.#last;
      this.#pending.set(id, resolve);
      if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
      if (this.#batch.push({ id, n }) >= batchSize) this.#flush();
    });
  }

  close(): Promise<number> {
    return this.#worker.terminate();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    this.#writer.write(pack(this.#batch));
    this.#batch = [];
  }

  #take(record: Uint8Array): void {
    for (const { id, n } of unpack(record) as { readonly id: number; readonly n: number }[]) {
      this.#pending.get(id)?.(n);
      this.#pending.delete(id);
    }
  }
}
