import { expect, test } from "vitest";
import { ChildSpec, SpecUpdate, updatedSpec } from "./child.js";

const spec = ChildSpec.parse({ id: "x", actor: "counter", args: { from: 1 }, tag: "t", metadata: { team: 7 } });

test("a change leaves what it does not name, replaces what it does, and takes away by null", () => {
  expect(updatedSpec(spec, { tag: "u" })).toEqual({ ...spec, tag: "u" });
  expect(updatedSpec(spec, { metadata: { floor: 2 } })).toEqual({ ...spec, metadata: { floor: 2 } });
  const bare = updatedSpec(spec, { tag: null, metadata: null });
  expect([bare.tag, bare.metadata, Object.keys(bare)]).toEqual([undefined, undefined, ["id", "actor", "args", "restart"]]);
  expect(ChildSpec.parse(bare)).toEqual(bare);
});

test("a change of nothing, or of anything else, is none", () => {
  for (const wrong of [{}, { tag: 7 }, { args: {} }, { metadata: [1] }])
    expect(SpecUpdate.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
});
