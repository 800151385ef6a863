import {
  DistributionAnswer,
  DistributionCall,
  InvalidMessage,
  InvalidReply,
  MigrationAnswer,
  MigrationCall,
  PartitionAnswer,
  PartitionCall,
  RedundancyAnswer,
  RedundancyCall,
  type StrategyPort,
  SynchronizationAnswer,
  SynchronizationCall,
  toWireError,
} from "@process-hub/protocol";
import { z } from "zod";
import type { AnyStrategy } from "./any-strategy.js";
import { answerDistribution } from "./distribution/answer.js";
import { answerMigration } from "./migration/answer.js";
import { answerPartition } from "./partition/answer.js";
import { answerRedundancy } from "./redundancy/answer.js";
import { answerSynchronization } from "./synchronization/answer.js";

/**
 * Runs a strategy behind a port: each question is answered once, in the order they come.
 * What it throws, answers wrongly or cannot read becomes an error answer.
 * Without it an error in a user's strategy would end the hub that asked.
 */
export function serveStrategy(strategy: AnyStrategy, port: StrategyPort): void {
  const answer = answering(strategy);
  port.onMessage((message) => port.post(answer(message)));
}

function answering(strategy: AnyStrategy): (message: unknown) => unknown {
  switch (strategy.family) {
    case "distribution":
      return checked(strategy.name, DistributionCall, DistributionAnswer, (asked) => answerDistribution(strategy, asked));
    case "migration":
      return checked(strategy.name, MigrationCall, MigrationAnswer, (asked) => answerMigration(strategy, asked));
    case "redundancy":
      return checked(strategy.name, RedundancyCall, RedundancyAnswer, (asked) => answerRedundancy(strategy, asked));
    case "synchronization":
      return checked(strategy.name, SynchronizationCall, SynchronizationAnswer, (asked) =>
        answerSynchronization(strategy, asked),
      );
    case "partition":
      return checked(strategy.name, PartitionCall, PartitionAnswer, (asked) => answerPartition(strategy, asked));
    default:
      return strategy satisfies never;
  }
}

const Numbered = z.object({ call: z.int().nonnegative() });

function checked<Call>(
  name: string,
  calls: z.ZodType<Call>,
  answers: z.ZodType,
  decide: (asked: Call) => unknown,
): (message: unknown) => unknown {
  return (message) => {
    const call = Numbered.safeParse(message).data?.call ?? 0;
    const failed = (error: unknown): unknown => ({ type: "error", call, error: toWireError(error) });
    const asked = calls.safeParse(message);
    if (!asked.success) return failed(new InvalidMessage(`${name} cannot read its question: ${z.prettifyError(asked.error)}`));
    try {
      const answer = answers.safeParse(decide(asked.data));
      if (answer.success) return answer.data;
      return failed(new InvalidReply(`the strategy ${name} gave an invalid answer: ${z.prettifyError(answer.error)}`));
    } catch (error) {
      return failed(error);
    }
  };
}
