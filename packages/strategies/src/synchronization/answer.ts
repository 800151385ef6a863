import type { SynchronizationAnswer, SynchronizationCall } from "@process-hub/protocol";
import type { SynchronizationStrategy } from "./family.js";

/**
 * What a synchronization strategy answers to a question of its channel.
 * Without it a strategy would have to know the frames of its channel; with it, the compiler asks for an answer to a new kind of question.
 */
export function answerSynchronization(strategy: SynchronizationStrategy, asked: SynchronizationCall): SynchronizationAnswer {
  const { type, call, ...request } = asked;
  switch (type) {
    case "spread":
      return { type, call, to: strategy.spread(request) };
    default:
      return type satisfies never;
  }
}
