import type { MigrationAnswer, MigrationCall } from "@process-hub/protocol";
import type { MigrationStrategy } from "./family.js";

/** What a migration strategy answers to a question of its channel. */
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
