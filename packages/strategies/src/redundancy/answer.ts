import type { RedundancyAnswer, RedundancyCall } from "@process-hub/protocol";
import type { RedundancyStrategy } from "./family.js";

/**
 * What a redundancy strategy answers to a question of its channel.
 * Without it a strategy would have to know the frames of its channel; with it, the compiler asks for an answer to a new kind of question.
 */
export function answerRedundancy(strategy: RedundancyStrategy, asked: RedundancyCall): RedundancyAnswer {
  const { type, call } = asked;
  switch (type) {
    case "size":
      return { type, call, replicas: strategy.replicas(asked.view) };
    case "plan": {
      const replicas = strategy.replicas(asked.view);
      const children = asked.children.map(({ id, owners: all }) => {
        const owners = all.slice(0, replicas);
        return { id, replicas: owners.map((node) => ({ node, mode: strategy.mode(owners, node) })) };
      });
      return { type, call, children };
    }
    default:
      return type satisfies never;
  }
}
