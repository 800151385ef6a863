/**
 * Laws of quorums over every cut of a small cluster, by nodes that see only their own side.
 * Without them two sides of a cut that both serve would be found by chance, in a campaign or in the field.
 */
import type { ClusterView } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import type { PartitionStrategy } from "./family.js";

/** The view of these nodes. */
export const viewOf = (names: readonly string[]): ClusterView =>
  clusterView(names.map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));

/** The names of a cluster of that size. */
export const namesOf = (size: number): string[] => Array.from({ length: size }, (_, at) => `n${at}`);

/** One node: its memory, and its verdict as time goes by. */
export class Witness {
  readonly #strategy: PartitionStrategy;
  #memory: unknown;
  #nowMs = 0;

  constructor(strategy: PartitionStrategy) {
    this.#strategy = strategy;
    this.#memory = strategy.initialMemory;
  }

  /** It sees these nodes, after `afterMs`, with `left` said goodbye; whether it serves. */
  sees(names: readonly string[], afterMs = 1, left: readonly string[] = []): boolean {
    this.#nowMs += afterMs;
    this.#memory = this.#strategy.remember(viewOf(names), this.#memory, this.#nowMs, left);
    return this.#strategy.verdict(viewOf(names), this.#memory) === "serve";
  }

  /** What it tells others; its clock has any instant. */
  told(): unknown {
    return this.#strategy.tell?.(this.#memory, this.#nowMs);
  }

  /** Another told it this. */
  hears(told: unknown): void {
    this.#memory = this.#strategy.learn?.(this.#memory, told, this.#nowMs);
  }

  /** An operator says how many nodes there are. */
  reset(size: number): void {
    this.#memory = this.#strategy.reset?.(this.#memory, size);
  }
}

/** All the ways to cut a cluster in two or more sides. */
export function cutsOf(names: readonly string[]): string[][][] {
  const [first, ...others] = names;
  if (first === undefined) return [];
  let cuts: string[][][] = [[[first]]];
  for (const name of others)
    cuts = cuts.flatMap((sides) => [
      [...sides, [name]],
      ...sides.map((_, at) => sides.map((side, i) => (i === at ? [...side, name] : side))),
    ]);
  return cuts.filter((sides) => sides.length > 1);
}

/** The sides of a cut that serve: seen at once, node by node, and `waitMs` later; a side that serves at any of these counts. */
export function serving(make: () => PartitionStrategy, names: readonly string[], sides: string[][], waitMs: number): string[][] {
  return sides.filter((side) => {
    const [sudden, gradual] = [new Witness(make()), new Witness(make())];
    for (const witness of [sudden, gradual]) witness.sees(names);
    const lost = names.filter((name) => !side.includes(name));
    const shrinking = lost.map((_, at) => [...side, ...lost.slice(at + 1)]);
    for (const view of shrinking.slice(0, -1)) gradual.sees(view);
    const looks = [sudden, gradual].flatMap((witness) => [1, waitMs, waitMs].map((ms) => witness.sees(side, ms)));
    return looks.includes(true);
  });
}

/**
 * The law of quorums: whatever the cut of a cluster that all nodes have seen whole, at most one side serves, an even split nowhere,
 * for as long as the cut lasts; and when it heals, all serve.
 */
export function quorumCases(title: string, make: (size: number) => PartitionStrategy, waitMs = 86_400_000): void {
  describe(`${title} as a quorum`, () => {
    test.each([2, 3, 4, 5, 6, 7])("every cut of %i nodes is served by at most one side, an even one by none", (size) => {
      const names = namesOf(size);
      for (const sides of cutsOf(names)) {
        const served = serving(() => make(size), names, sides, waitMs);
        expect(served.length, JSON.stringify(sides)).toBeLessThanOrEqual(1);
        if (sides.length === 2 && sides[0]?.length === sides[1]?.length) expect(served).toEqual([]);
      }
    });

    test.each([3, 5, 7])(
      "of %i nodes the larger part serves all along, the smaller pauses, and all serve when it heals",
      (size) => {
        const names = namesOf(size);
        const [few, many] = [names.slice(0, (size - 1) / 2), names.slice((size - 1) / 2)];
        const [inFew, inMany] = [new Witness(make(size)), new Witness(make(size))];
        expect([inFew.sees(names), inMany.sees(names)]).toEqual([true, true]);
        for (const ms of [1, waitMs, waitMs]) expect([inFew.sees(few, ms), inMany.sees(many, ms)]).toEqual([false, true]);
        expect([inFew.sees(names), inMany.sees(names)]).toEqual([true, true]);
      },
    );
  });
}

/** One row for each shape of a cut ("3 | 2"), with the side that serves: rows of a Markdown table. */
export function cutTable(columns: Readonly<Record<string, () => PartitionStrategy>>, size: number): string[] {
  const names = namesOf(size);
  const shapes = new Map<string, string[][]>();
  for (const cut of cutsOf(names)) {
    const sides = cut.toSorted((a, b) => b.length - a.length);
    shapes.set(sides.map((side) => side.length).join(" / "), sides);
  }
  const cell = (make: () => PartitionStrategy, sides: string[][]): string => {
    const served = serving(make, names, sides, 86_400_000);
    if (served.length === sides.length) return "all";
    return served.map((side) => side.length).join(", ") || "none";
  };
  const rows = [...shapes].map(([shape, sides]) => [shape, ...Object.values(columns).map((make) => cell(make, sides))]);
  const header = ["cut", ...Object.keys(columns)];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}
