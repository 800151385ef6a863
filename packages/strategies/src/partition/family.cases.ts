import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { strategyCases } from "../strategy.cases.js";
import type { PartitionStrategy } from "./family.js";

const viewOf = (size: number) =>
  clusterView(Array.from({ length: size }, (_, i) => ({ node: `n${i}`, incarnation: "1", threads: 1, joinedAtMs: 0 })));

/**
 * The laws of the partition family.
 * Without them two nodes with the same view and memory could come to different verdicts.
 */
export function partitionCases(title: string, make: () => PartitionStrategy): void {
  describe(`${title} as a partition strategy`, () => {
    strategyCases("partition", make);

    test("serves or pauses, the same for the same view and memory, whatever the cluster went through", () => {
      const strategy = make();
      let memory = strategy.initialMemory;
      for (const [step, size] of [1, 2, 5, 3, 1, 4].entries()) {
        memory = strategy.remember(viewOf(size), memory, step * 1_000);
        const verdict = strategy.verdict(viewOf(size), memory);
        expect(["serve", "pause"]).toContain(verdict);
        expect(make().verdict(viewOf(size), memory)).toBe(verdict);
      }
    });

    test("has a memory that survives JSON and is replaced, not changed", () => {
      const strategy = make();
      const memory = strategy.remember(viewOf(3), strategy.initialMemory, 1_000);
      const kept = JSON.stringify(memory);
      strategy.verdict(viewOf(2), memory);
      strategy.remember(viewOf(5), memory, 2_000);
      expect(JSON.stringify(memory)).toBe(kept);
      expect(JSON.parse(kept)).toEqual(memory);
    });
  });
}
