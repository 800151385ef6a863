import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { strategyCases } from "../strategy.cases.js";
import type { RedundancyStrategy } from "./family.js";

const names = ["a", "b", "c", "d", "e"];
const viewOf = (size: number) =>
  clusterView(names.slice(0, size).map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));

/**
 * The laws of the redundancy family.
 * Without them a strategy could ask for a fraction of a replica, or for no active one.
 */
export function redundancyCases(title: string, make: () => RedundancyStrategy): void {
  describe(`${title} as a redundancy strategy`, () => {
    strategyCases("redundancy", make);

    test.each([1, 2, 3, 5])("asks for a whole number of replicas, at least one, among %i nodes", (size) => {
      const replicas = make().replicas(viewOf(size));
      expect(Number.isSafeInteger(replicas) && replicas >= 1).toBe(true);
    });

    test("the first owner is active; the others are all active or all passive", () => {
      for (let copies = 1; copies <= names.length; copies++) {
        const owners = names.slice(0, copies).reverse();
        const [first, ...others] = owners.map((node) => make().mode(owners, node));
        expect(first).toBe("active");
        expect(new Set(others).size).toBeLessThanOrEqual(1);
      }
    });

    test("a standby is a passive replica", () => {
      const { standby, mode } = make();
      if (standby) expect(mode(["a", "b"], "b")).toBe("passive");
    });
  });
}
