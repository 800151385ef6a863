/*
 * A ring in memory that two threads share, for one writer and one reader: what a message between threads costs at least.
 * Without it the rows between threads would only be compared with slower ways.
 */
import type { MessagePort } from "node:worker_threads";

/** Bytes that a ring has room for. */
const ringBytes = 1 << 22;

/** The memory of one ring: two counters of bytes, and the bytes. */
export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 + ringBytes);
}

/** The writer's end. It rings the port when the reader may be asleep. */
export class RingWriter {
  readonly #counters: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #bell: Pick<MessagePort, "postMessage">;
  #head = 0;

  constructor(memory: SharedArrayBuffer, bell: Pick<MessagePort, "postMessage">) {
    this.#counters = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, 8);
    this.#bell = bell;
  }

  /** Writes one record, its length first. Throws when there is no room: a floor has as little as it needs in flight. */
  write(record: Uint8Array): void {
    const size = record.byteLength;
    const tail = Atomics.load(this.#counters, 1);
    if (((this.#head - tail) | 0) + size + 4 > ringBytes) throw new Error("the ring is full");
    const length = Uint8Array.of(size, size >> 8, size >> 16, size >> 24);
    this.#put(length, this.#head);
    this.#put(record, this.#head + 4);
    const old = this.#head;
    this.#head = (old + size + 4) | 0;
    Atomics.store(this.#counters, 0, this.#head);
    if (Atomics.load(this.#counters, 1) === old) this.#bell.postMessage(0);
  }

  #put(bytes: Uint8Array, at: number): void {
    const from = at & (ringBytes - 1);
    const fits = Math.min(bytes.byteLength, ringBytes - from);
    this.#bytes.set(fits === bytes.byteLength ? bytes : bytes.subarray(0, fits), from);
    if (fits < bytes.byteLength) this.#bytes.set(bytes.subarray(fits), 0);
  }
}

/** The reader's end. */
export class RingReader {
  readonly #counters: Int32Array;
  readonly #bytes: Uint8Array;
  #tail = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#counters = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, 8);
  }

  /** Reads all records that are there. */
  read(take: (record: Uint8Array) => void): void {
    for (;;) {
      if (Atomics.load(this.#counters, 0) === this.#tail) {
        // The writer rings when it finds that all was read: it has to see that before this thread sleeps.
        Atomics.store(this.#counters, 1, this.#tail);
        if (Atomics.load(this.#counters, 0) === this.#tail) return;
      }
      const length = this.#get(this.#tail, 4);
      const size = (length[0] ?? 0) | ((length[1] ?? 0) << 8) | ((length[2] ?? 0) << 16) | ((length[3] ?? 0) << 24);
      take(this.#get(this.#tail + 4, size));
      this.#tail = (this.#tail + 4 + size) | 0;
    }
  }

  #get(at: number, size: number): Uint8Array {
    const from = at & (ringBytes - 1);
    if (from + size <= ringBytes) return this.#bytes.slice(from, from + size);
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(from), 0);
    bytes.set(this.#bytes.subarray(0, size - (ringBytes - from)), ringBytes - from);
    return bytes;
  }
}
