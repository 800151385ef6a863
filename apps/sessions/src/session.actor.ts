/*
 * A session: one conversation with the model, which answers word by word.
 * Without an actor nobody but the reader of an answer could ask how far it is.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

const Status = z.object({ streams: z.int(), tokens: z.int() });

/** One session; its first message starts it. It ends when nothing has happened for ten minutes. */
export const Session = defineActor({
  name: "session",
  module: import.meta.url,
  state: Status,
  init: () => ({ streams: 0, tokens: 0 }),
  autoStart: () => undefined,
  idleAfterMs: 10 * 60_000,
})
  .stream("say", { input: z.string(), item: z.string() }, async function* (state, prompt, ctx) {
    state.streams++;
    try {
      // The signal aborts, and with it the model's socket, when the reader has gone, and when this actor stops or is to move.
      const { status, body } = await fetch(process.env.MODEL_URL ?? "", { method: "POST", body: prompt, signal: ctx.signal });
      if (status !== 200 || body === null) throw new Error(`the model answered ${status}`);
      for await (const token of body.pipeThrough(new TextDecoderStream())) {
        state.tokens++;
        yield token;
      }
    } finally {
      state.streams--;
    }
  })
  // Answered between two tokens, however slow the model is.
  .on("status", { output: Status, concurrent: true }, (state) => state);
