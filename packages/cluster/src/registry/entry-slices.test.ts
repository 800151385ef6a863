import { describe, expect, test } from "vitest";
import { entrySlices } from "./entry-slices.js";
import type { RegistryEntry } from "./registry-entry.js";

/** A registry of so many actors, whose turns the test counts; `between` runs between two of them. */
function registry(count: number, between: (ids: Set<string>, turn: number) => void = () => {}) {
  const ids = new Set(Array.from({ length: count }, (_, n) => `a-${n}`));
  let turns = 0;
  const clock = {
    defer: (run: () => void) => {
      between(ids, ++turns);
      queueMicrotask(run);
      return { cancel: () => {} };
    },
  };
  const entry = (id: string): RegistryEntry | undefined =>
    ids.has(id) && !id.endsWith("13") ? { id, actor: "any", replicas: [] } : undefined;
  return {
    turns: () => turns,
    read: async (wanted: (entry: RegistryEntry) => boolean = () => true): Promise<string[]> => {
      const given: string[] = [];
      for await (const { id } of entrySlices({ ids: () => ids.values(), entry }, clock, wanted)) given.push(id);
      return given;
    },
  };
}

describe("the entries of a registry, in slices", () => {
  test.each([
    [0, 0],
    [1, 0],
    [1_000, 0],
    [1_001, 1],
    [5_000, 4],
  ])("of %i actors take %i turns more", async (count, turns) => {
    const some = registry(count);
    expect(await some.read()).toHaveLength(count - Math.floor((count + 86) / 100));
    expect(some.turns()).toBe(turns);
  });

  test("those that are not wanted, or have no entry, count for a turn as well", async () => {
    const some = registry(3_000);
    expect(await some.read(({ id }) => id === "a-2999")).toEqual(["a-2999"]);
    expect(some.turns()).toBe(2);
  });

  test("what is there all through comes once, however others come and go", async () => {
    const some = registry(4_000, (ids, turn) => {
      for (let n = turn; n < 4_000; n += 10) ids.delete(`a-${n}`);
      for (let n = 0; n < 500; n++) ids.add(`new-${turn}-${n}`);
      ids.delete(`new-${turn - 1}-7`);
    });
    const given = await some.read();
    const stays = Array.from({ length: 4_000 }, (_, n) => n).filter(
      (n) => (n % 10 === 0 || n % 10 > some.turns()) && n % 100 !== 13,
    );
    expect(given.filter((id) => stays.includes(Number(id.slice(2))))).toEqual(stays.map((n) => `a-${n}`));
    expect(new Set(given).size).toBe(given.length);
    expect(given).toContain("new-1-0");
  });
});
