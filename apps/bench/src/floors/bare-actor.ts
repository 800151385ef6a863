/*
 * An actor reduced to its least: a copy of the message, a mailbox, a schema, a turn of its own.
 * Without it the rows within one thread would have no floor.
 */
import { z } from "zod";

const Input = z.object({ n: z.int() });

interface Waiting {
  readonly input: unknown;
  readonly resolve: ((reply: unknown) => void) | undefined;
}

/** Counts what it handles, one message at a time, in the order they came. */
export class BareActor {
  handled = 0;
  #mailbox: Waiting[] = [];

  tell(input: unknown): void {
    this.#put({ input: copyOf(input), resolve: undefined });
  }

  ask(input: unknown): Promise<unknown> {
    return new Promise((resolve) => this.#put({ input: copyOf(input), resolve }));
  }

  #put(message: Waiting): void {
    if (this.#mailbox.push(message) === 1) queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    const mailbox = this.#mailbox;
    this.#mailbox = [];
    for (const { input, resolve } of mailbox) {
      const { n } = Input.parse(input);
      this.handled++;
      resolve?.(copyOf(n));
    }
  }
}

function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]));
}
