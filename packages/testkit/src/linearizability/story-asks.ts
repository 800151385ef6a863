/*
 * Follows the asks that a story makes through its hubs: what each came to, and when in the history.
 * Without it a check could tell what actors handled, and not what their callers were told.
 */
import type { ActorRef } from "@process-hub/actor";
import type { History, HistoryEvent } from "../history.js";

/** The event of a message that was made. */
export type Made = Extract<HistoryEvent, { readonly kind: "made" }>;

/** What came of an ask, how many events had been recorded by then, and when. */
export type Answer = ({ readonly reply: unknown } | { readonly error: unknown }) & {
  readonly events: number;
  readonly atMs: number;
};

/** An ask of a story. `answer`: undefined while it waits, and for good when its node has crashed. */
export interface StoryAsk {
  readonly ref: ActorRef;
  answer: Answer | undefined;
}

/** The asks of a story, by the events of their messages. An ask that was refused before it was sent has none. */
export class StoryAsks {
  readonly asks = new Map<Made, StoryAsk>();
  readonly #history: History;
  readonly #nowMs: () => number;

  constructor(history: History, nowMs: () => number) {
    this.#history = history;
    this.#nowMs = nowMs;
  }

  /** Makes an ask, and follows it. Returns what the ask returns. */
  follow(ref: ActorRef, ask: () => unknown): unknown {
    const { events } = this.#history;
    const before = events.length;
    const result = ask();
    const made = events.slice(before).find((event): event is Made => event.kind === "made" && event.ask);
    if (made === undefined || !(result instanceof Promise)) return result;
    const asked: StoryAsk = { ref, answer: undefined };
    this.asks.set(made, asked);
    const answered = (answer: { readonly reply: unknown } | { readonly error: unknown }): void => {
      asked.answer = { ...answer, events: events.length, atMs: this.#nowMs() };
    };
    // Beside the promise of the story, and before it: a story runs as it would if nobody followed it.
    result.then(
      (reply: unknown) => answered({ reply: structuredClone(reply) }),
      (error: unknown) => answered({ error }),
    );
    return result;
  }
}
