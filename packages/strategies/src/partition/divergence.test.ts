import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { divergence } from "./divergence.js";
import { partitionCases } from "./family.cases.js";

partitionCases("divergence", () => divergence());

describe("divergence", () => {
  test("serves on the smallest side of any cut", () => {
    const whole = clusterView(["a", "b", "c"].map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));
    const alone = clusterView(whole.nodes.slice(0, 1));
    const { remember, verdict } = divergence();
    expect(verdict(alone, remember(alone, remember(whole, null, 0), 1))).toBe("serve");
  });

  test("has no settings", () => {
    expect(() => divergence({ size: 3 } as object as Record<string, never>)).toThrow(HubConfigError);
  });
});
