import type { DistributionAnswer, DistributionCall } from "@process-hub/protocol";
import type { DistributionStrategy } from "./family.js";

/**
 * What a distribution strategy answers to a question of its channel.
 * Without it a strategy would have to know the frames of its channel; with it, the compiler asks for an answer to a new kind of question.
 */
export function answerDistribution(strategy: DistributionStrategy, asked: DistributionCall): DistributionAnswer {
  const { type, call } = asked;
  switch (type) {
    case "place": {
      const placement = strategy.place(asked.view);
      const children = asked.children.map((child) => ({
        id: child.id,
        owners: placement.owners(child, asked.count),
        registrar: placement.registrar?.(child),
      }));
      return { type, call, children };
    }
    case "check": {
      const children = asked.children.map((child) => ({ id: child.id, problem: strategy.check?.(child, asked.replicas) }));
      return { type, call, children };
    }
    default:
      return type satisfies never;
  }
}
