import type { RegistryRecord } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { record, spec, thread } from "../fixtures/stage.js";
import { RecordIndex } from "./record-index.js";

/** Records by id, and how many of them were looked at. */
function indexed(count: number, more: (i: number) => Partial<RegistryRecord["spec"]>) {
  const records = new Map(
    Array.from({ length: count }, (_, i) => {
      const id = `x${i}`;
      return [id, record(id, thread(i % 2 === 0 ? "a" : "b", 0), 1, { spec: spec(id, more(i)) })] as const;
    }),
  );
  const looks = { count: 0 };
  const index = new RecordIndex({
    ids: () => records.keys(),
    current: (id) => {
      looks.count++;
      return records.get(id);
    },
  });
  const change = (id: string, change: Partial<RegistryRecord["spec"]> | undefined): void => {
    const known = records.get(id);
    if (known === undefined || change === undefined) records.delete(id);
    else records.set(id, { ...known, spec: { ...known.spec, ...change } });
    index.touch(id);
  };
  return { index, looks, change };
}

test("100 of 100,000 are found without a look at the others, once the field was asked for", () => {
  const { index, looks } = indexed(100_000, (i) => ({ tag: `t${i % 1_000}`, metadata: { team: i % 1_000 } }));
  expect(index.candidates({ tag: "t7" })?.size).toBe(100);
  expect(index.candidates({ metadata: { team: 7 } })?.size).toBe(100);
  looks.count = 0;
  expect(index.candidates({ tag: "t8" })?.size).toBe(100);
  expect(index.candidates({ metadata: { team: 8 } })?.size).toBe(100);
  expect(index.candidates({ actor: "counter", tag: "t8" })?.size).toBe(100);
  expect(looks.count).toBe(100_000); // the definition was never asked for before
});

test("who never asks pays nothing for changes", () => {
  const { looks, change } = indexed(10, () => ({ tag: "t" }));
  change("x1", { tag: "u" });
  expect(looks.count).toBe(0);
});

test("changes are followed: other values, none, and actors that go", () => {
  const { index, change } = indexed(6, (i) => ({ tag: i < 3 ? "t" : "u", metadata: { team: i % 2 } }));
  const found = (query: Parameters<RecordIndex["candidates"]>[0]): string[] => [...(index.candidates(query) ?? [])].sort();
  expect([found({ tag: "t" }), found({ metadata: { team: 1 } })]).toEqual([
    ["x0", "x1", "x2"],
    ["x1", "x3", "x5"],
  ]);
  change("x0", { tag: "u" });
  change("x1", { metadata: {} });
  change("x2", undefined);
  change("x3", { metadata: { team: [1] } });
  expect([
    found({ tag: "t" }),
    found({ tag: "u" }),
    found({ metadata: { team: 1 } }),
    found({ metadata: { team: [1] } }),
  ]).toEqual([["x1"], ["x0", "x3", "x4", "x5"], ["x5"], ["x3"]]);
});

test("the smallest set is given, a node only when nothing else is asked for, and nothing for a question without a field", () => {
  const { index } = indexed(8, (i) => ({ tag: "t", metadata: { team: i } }));
  expect([...(index.candidates({ actor: "counter", tag: "t", metadata: { team: 3 }, node: "a" }) ?? [])]).toEqual(["x3"]);
  expect(index.candidates({ node: "a" })?.size).toBe(4);
  expect(index.candidates({ tag: "t", node: "a" })?.size).toBe(8);
  expect(index.candidates({})).toBeUndefined();
  expect(index.candidates({ metadata: { team: undefined } })).toBeUndefined();
});

test("no more than 16 fields are indexed at a time, whatever is asked for", () => {
  const { index, looks } = indexed(10, () => ({ metadata: { k0: 1, k1: 1 } }));
  for (let i = 0; i < 17; i++) index.candidates({ metadata: { [`k${i}`]: 1 } });
  looks.count = 0;
  index.candidates({ metadata: { k1: 1 } });
  expect(looks.count).toBe(0);
  expect([...(index.candidates({ metadata: { k0: 1 } }) ?? [])]).toHaveLength(10);
  expect(looks.count).toBe(10);
});
