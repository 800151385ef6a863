import { describe, expect, test } from "vitest";
import { strategyCases } from "../strategy.cases.js";
import type { SynchronizationStrategy } from "./family.js";

/**
 * The laws of the synchronization family.
 * Without them a strategy could send to itself, or to nodes that have heard the change, and only the traffic would show it.
 */
export function synchronizationCases(title: string, make: () => SynchronizationStrategy): void {
  describe(`${title} as a synchronization strategy`, () => {
    strategyCases("synchronization", make);

    test("spreads to peers only, never to itself, to each at most once", () => {
      const peers = ["a", "b", "c", "c", "d"];
      const receivers = make().spread({ self: "b", peers, heard: [], seed: 7 });
      expect(new Set(receivers).size).toBe(receivers.length);
      expect(["a", "c", "d"]).toEqual(expect.arrayContaining([...receivers]));
    });

    test("sends nothing to a node that has it, and nothing where all have", () => {
      const peers = ["a", "c", "d", "e", "f"];
      for (let seed = 0; seed < 50; seed++) {
        expect(["a", "f"]).toEqual(
          expect.arrayContaining([...make().spread({ self: "b", peers, heard: ["e", "d", "c"], seed })]),
        );
        expect(make().spread({ self: "b", peers, heard: peers, seed })).toEqual([]);
      }
    });

    test("decides alike for the same chance, in whatever order the peers are listed", () => {
      const peers = ["a", "c", "d", "e", "f"];
      for (let seed = 0; seed < 50; seed++) {
        const once = make().spread({ self: "b", peers, heard: [], seed });
        expect([...make().spread({ self: "b", peers: peers.toReversed(), heard: [], seed })].sort()).toEqual([...once].sort());
      }
    });

    test("repairs with somebody", () => {
      expect(make().repairPeers ?? 1).toBeGreaterThan(0);
    });

    test("reaches someone while there is someone", () => {
      expect(make().spread({ self: "a", peers: ["b"], heard: [], seed: 7 })).toEqual(["b"]);
      expect(make().spread({ self: "a", peers: [], heard: [], seed: 7 })).toEqual([]);
    });

    test("repairs at a finite interval", () => {
      expect(make().repairEveryMs).toBeGreaterThan(0);
      expect(make().repairEveryMs).toBeLessThan(Number.POSITIVE_INFINITY);
    });
  });
}
