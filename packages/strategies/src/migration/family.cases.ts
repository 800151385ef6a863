import { describe, expect, test } from "vitest";
import { strategyCases } from "../strategy.cases.js";
import type { MigrationStrategy } from "./family.js";

/**
 * The laws of the migration family.
 * Without them a strategy could name a protocol the cluster does not have, or move no actor at all.
 */
export function migrationCases(title: string, make: () => MigrationStrategy): void {
  describe(`${title} as a migration strategy`, () => {
    strategyCases("migration", make);

    test("names a protocol the cluster knows", () => {
      expect(["handoff", "restart"]).toContain(make().mode);
    });

    test("moves at least one actor in a batch and keeps what it handed over for a bounded time", () => {
      const { batchSize, retentionMs } = make();
      expect(Number.isSafeInteger(batchSize) && batchSize >= 1).toBe(true);
      expect(Number.isSafeInteger(retentionMs) && retentionMs >= 0).toBe(true);
    });

    test("decides by yes or no", () => {
      expect([typeof make().carryState, typeof make().confirm]).toEqual(["boolean", "boolean"]);
    });
  });
}
