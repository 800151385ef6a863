import type { ClusterView, Placeable } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { strategyCases } from "../strategy.cases.js";
import type { DistributionStrategy } from "./family.js";

const view = (...names: string[]): ClusterView =>
  clusterView(names.map((node) => ({ node, incarnation: `${node}-1`, threads: 2, joinedAtMs: 0 })));
/** Actors that may run anywhere. */
const anywhere: readonly Placeable[] = Array.from({ length: 300 }, (_, i) => ({ id: `child-${i}`, actor: "counter" }));

/**
 * The laws of the distribution family.
 * Without them two nodes could disagree on where an actor belongs, and it would run at both.
 *
 * @param children actors that may run on any of the nodes a to d
 */
export function distributionCases(
  title: string,
  make: () => DistributionStrategy,
  children: readonly Placeable[] = anywhere,
): void {
  const pinned = (nodes: string[]): Placeable[] => children.map((child) => ({ ...child, nodes }));
  describe(`${title} as a distribution strategy`, () => {
    strategyCases("distribution", make);

    test("two nodes with the same view place every child alike", () => {
      const [here, there] = [make().place(view("a", "b", "c")), make().place(view("c", "a", "b"))];
      for (const child of children) expect(here.owners(child, 3)).toEqual(there.owners(child, 3));
    });

    test("owners are distinct nodes of the view, as many as asked for or as there are", () => {
      const placement = make().place(view("a", "b", "c"));
      for (const child of children)
        for (const count of [1, 2, 3, 9]) {
          const owners = placement.owners(child, count);
          expect(owners).toHaveLength(Math.min(count, 3));
          expect(new Set(owners).size).toBe(owners.length);
          expect(["a", "b", "c"]).toEqual(expect.arrayContaining([...owners]));
        }
    });

    test("asking for more owners only adds at the end", () => {
      const placement = make().place(view("a", "b", "c", "d"));
      for (const child of children) expect(placement.owners(child, 4).slice(0, 2)).toEqual(placement.owners(child, 2));
    });

    test("asking for none, or in an empty view, gives none", () => {
      for (const child of children) {
        expect(make().place(view("a", "b")).owners(child, 0)).toEqual([]);
        expect(make().place(view()).owners(child, 2)).toEqual([]);
      }
    });

    test("every node gets some of the children", () => {
      const placement = make().place(view("a", "b", "c"));
      expect(new Set(children.map((child) => placement.owners(child, 1)[0]))).toEqual(new Set(["a", "b", "c"]));
    });

    test("a pinned child runs only on its nodes, and waits when none of them is there", () => {
      const placement = make().place(view("a", "b", "c"));
      for (const child of pinned(["c", "b", "elsewhere"])) expect([...placement.owners(child, 5)].sort()).toEqual(["b", "c"]);
      for (const child of pinned(["elsewhere"])) expect(placement.owners(child, 1)).toEqual([]);
    });

    test("a caller that changes an answer does not change the next one", () => {
      const placement = make().place(view("a", "b", "c"));
      const before = children.map((child) => [...placement.owners(child, 2)]);
      for (const child of children) {
        const owners = placement.owners(child, 2);
        if (!Object.isFrozen(owners)) (owners as string[]).reverse();
      }
      expect(children.map((child) => placement.owners(child, 2))).toEqual(before);
    });

    test("whoever decides is one node of the view, whatever loads the nodes have heard of", () => {
      const loaded = clusterView(
        view("a", "b", "c").nodes.map((node, at) => ({
          ...node,
          loads: [{ eventLoop: at / 3, queued: 9 * at, actors: at, memory: 0.5 }],
        })),
      );
      const [plain, heard] = [make().place(view("a", "b", "c")), make().place(loaded)];
      for (const child of children) {
        const registrar = (placement: typeof plain) => placement.registrar?.(child) ?? placement.owners(child, 1)[0];
        expect(["a", "b", "c"]).toContain(registrar(plain));
        expect(registrar(heard)).toBe(registrar(plain));
      }
    });

    test("where the answer rests on loads, an actor that runs stays", () => {
      const strategy = make();
      const placement = strategy.place(view("a", "b", "c"));
      if (strategy.loads === undefined) return;
      for (const child of children)
        for (const host of ["a", "b", "c"]) expect(placement.owners({ ...child, host }, 2)[0]).toBe(host);
    });

    test("finds nothing wrong with how these actors are started", () => {
      for (const child of children) expect(make().check?.(child, child.nodes?.length ?? 1)).toBeUndefined();
    });
  });
}
