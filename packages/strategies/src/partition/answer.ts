import { HubConfigError, type PartitionAnswer, type PartitionCall } from "@process-hub/protocol";
import type { PartitionStrategy } from "./family.js";

/**
 * What a partition strategy answers to a question of its channel. Throws `HubConfigError` for the reset of one that does not count nodes.
 * Without it a strategy would have to know the frames of its channel; with it, the compiler asks for an answer to a new kind of question.
 */
export function answerPartition(strategy: PartitionStrategy, asked: PartitionCall): PartitionAnswer {
  const { type, call } = asked;
  switch (type) {
    case "look": {
      const { view, atMs, left = [] } = asked;
      const memory = asked.remember ? strategy.remember(view, asked.memory, atMs, left) : asked.memory;
      const told = strategy.tell?.(memory, atMs);
      return { type, call, verdict: strategy.verdict(view, memory), memory, ...(told === undefined ? {} : { told }) };
    }
    case "reset": {
      if (strategy.reset === undefined)
        throw new HubConfigError(`${strategy.name} does not count nodes, so its cluster size cannot be reset`, {
          path: "partitionTolerance",
          given: strategy.name,
          allowed: "a strategy that counts nodes, such as majorityQuorum()",
        });
      return { type, call, memory: strategy.reset(asked.memory, asked.size) };
    }
    case "learn":
      return { type, call, memory: strategy.learn?.(asked.memory, asked.told, asked.atMs) ?? asked.memory };
    default:
      return type satisfies never;
  }
}
