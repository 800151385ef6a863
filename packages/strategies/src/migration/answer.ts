import type { MigrationAnswer, MigrationCall } from "@process-hub/protocol";
import type { MigrationStrategy } from "./family.js";

/**
 * What a migration strategy answers to a question of its channel.
 * Without it a strategy would have to know the frames of its channel; with it, the compiler asks for an answer to a new kind of question.
 */
export function answerMigration(strategy: MigrationStrategy, { type, call }: MigrationCall): MigrationAnswer {
  switch (type) {
    case "rules": {
      const { mode, carryState, confirm, retentionMs, batchSize } = strategy;
      return { type, call, mode, carryState, confirm, retentionMs, batchSize };
    }
    default:
      return type satisfies never;
  }
}
