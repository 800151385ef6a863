/*
 * Writes the history of a thread to a file line by line as it happens, and reads it back.
 * Without it the history of a killed process would be lost with its memory.
 */
import { closeSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import type { Envelope, Observer } from "@process-hub/actor";
import { History, type HistoryEvent } from "@process-hub/testkit";

/** Milliseconds on a clock that all processes of a machine share and that never goes back. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Writes each event at once: when a message is handled anywhere, its sending has been written already. */
export class WrittenHistory implements Observer {
  readonly #history = new History(sharedNowMs);
  readonly #file: number;

  constructor(folder: string) {
    this.#file = openSync(join(folder, `${process.pid}-${threadId}.jsonl`), "a");
  }

  made(envelope: Envelope): void {
    this.#history.made(envelope);
    this.#write();
  }

  handling(envelope: Envelope, place: string, epoch: number): void {
    this.#history.handling(envelope, place, epoch);
    this.#write();
  }

  event(node: string, name: string, detail: unknown): void {
    this.#history.event(node, name, detail);
    this.#write();
  }

  #write(): void {
    for (const event of this.#history.events.splice(0)) writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}

/** Reads the histories that threads have written, each line once. */
export class HistoryReader {
  readonly #folder: string;
  readonly #readTo = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The events written since the last call, by time, those of one thread in their order. `pid`: the process that wrote one. */
  take(): { readonly pid: number; readonly event: HistoryEvent }[] {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith(".jsonl"));
    const taken = files.flatMap((name) => {
      const pid = Number(name.slice(0, name.indexOf("-")));
      return this.#linesOf(name).map((line) => ({ pid, event: JSON.parse(line) as HistoryEvent }));
    });
    return taken.sort((a, b) => a.event.atMs - b.event.atMs);
  }

  #linesOf(name: string): string[] {
    const file = openSync(join(this.#folder, name), "r");
    const chunk = Buffer.alloc(1 << 20);
    const chunks: Buffer[] = [];
    const start = this.#readTo.get(name) ?? 0;
    let at = start;
    for (let n = readSync(file, chunk, 0, chunk.length, at); n > 0; n = readSync(file, chunk, 0, chunk.length, at)) {
      chunks.push(Buffer.from(chunk.subarray(0, n)));
      at += n;
    }
    closeSync(file);
    const whole = Buffer.concat(chunks);
    // A line without its end is still being written, or its process was killed meanwhile.
    const end = whole.lastIndexOf("\n") + 1;
    this.#readTo.set(name, start + end);
    return whole.toString("utf8", 0, end).split("\n").filter(Boolean);
  }
}
