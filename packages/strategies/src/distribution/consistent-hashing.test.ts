import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { createRing } from "../ring/ring.js";
import { consistentHashing } from "./consistent-hashing.js";
import { distributionCases } from "./family.cases.js";

distributionCases("consistentHashing", () => consistentHashing());
distributionCases("consistentHashing with few points", () => consistentHashing({ points: 16 }));

describe("consistentHashing", () => {
  const names = ["a", "b", "c", "d", "e"];
  const view = clusterView(names.map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));
  const ids = Array.from({ length: 2_000 }, (_, i) => `child-${i}`);

  test("follows the ring", () => {
    const ring = createRing({ nodes: names });
    const placement = consistentHashing().place(view);
    for (const id of ids) expect(placement.owners({ id, actor: "x" }, 3)).toEqual(ring.owners(id, 3));
  });

  test("pinned children keep the ring's order among their nodes, so they are spread", () => {
    const ring = createRing({ nodes: ["b", "d"] });
    const placement = consistentHashing().place(view);
    const owners = ids.map((id) => placement.owners({ id, actor: "x", nodes: ["d", "b"] }, 1)[0]);
    expect(owners).toEqual(ids.map((id) => ring.owner(id)));
    expect(new Set(owners)).toEqual(new Set(["b", "d"]));
  });

  test("an incarnation, a thread count or a tag moves nothing", () => {
    const grown = clusterView(view.nodes.map((node) => ({ ...node, incarnation: "2", threads: 8, joinedAtMs: 5 })));
    const [before, after] = [consistentHashing().place(view), consistentHashing().place(grown)];
    for (const id of ids) expect(after.owners({ id, actor: "x", tag: "t" }, 2)).toEqual(before.owners({ id, actor: "x" }, 2));
  });

  test.each([
    [{ points: 0 }, "consistentHashing.points", "0", /1 to 4096/],
    [{ points: 1.5 }, "consistentHashing.points", "1.5", /whole number/],
    [{ points: "many" }, "consistentHashing.points", '"many"', /whole number/],
    [{ point: 5 }, "consistentHashing.point", "5", /points/],
    [7, "consistentHashing", "7", /an object/],
  ])("refuses %j by name", (settings, path, given, allowed) => {
    const make = () => consistentHashing(settings as { points: number });
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(expect.objectContaining({ fields: { path, given, allowed: expect.stringMatching(allowed) } }));
  });
});
