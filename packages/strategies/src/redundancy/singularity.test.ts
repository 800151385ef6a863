import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { redundancyCases } from "./family.cases.js";
import { singularity } from "./singularity.js";

redundancyCases("singularity", () => singularity());

describe("singularity", () => {
  test("runs one active replica, however many nodes there are", () => {
    const view = clusterView(["a", "b", "c"].map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));
    expect(singularity().replicas(view)).toBe(1);
    expect(singularity().mode(["b"], "b")).toBe("active");
  });

  test("has no settings", () => {
    expect(() => singularity({ factor: 2 } as object as Record<string, never>)).toThrow(HubConfigError);
  });
});
