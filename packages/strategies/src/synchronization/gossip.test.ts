import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { namesOf } from "../partition/cuts.cases.js";
import { synchronizationCases } from "./family.cases.js";
import { gossip } from "./gossip.js";

synchronizationCases("gossip", () => gossip());
synchronizationCases("gossip with one recipient", () => gossip({ recipients: 1 }));

describe("gossip", () => {
  const names = namesOf(50);
  const peersOf = (self: string) => names.filter((name) => name !== self);

  test("sends to as many peers as it was set to, or to all there are", () => {
    const sent = [2, 3, 80].map((recipients) =>
      gossip({ recipients }).spread({ self: "n0", peers: peersOf("n0"), heard: [], seed: 1 }),
    );
    expect(sent.map(({ length }) => length)).toEqual([2, 3, 49]);
  });

  test("every peer has the same chance", () => {
    const times = new Map<string, number>();
    const { spread } = gossip();
    for (let seed = 0; seed < 20_000; seed++)
      for (const peer of spread({ self: "n0", peers: peersOf("n0").slice(0, 10), heard: [], seed }))
        times.set(peer, (times.get(peer) ?? 0) + 1);
    expect(times.size).toBe(10);
    for (const count of times.values()) expect(Math.abs(count / 6_000 - 1)).toBeLessThan(0.05);
  });

  test.each([1, 2, 3, 4, 5])("passed on by all who have it, a batch is with 50 nodes in a few rounds (seed %i)", (start) => {
    const { spread } = gossip();
    const heard = new Map([["n0", ["n0"]]]);
    let rounds = 0;
    for (let seed = start * 1_000; heard.size < names.length && rounds < 20; rounds++)
      for (const [self, known] of [...heard]) {
        const to = spread({ self, peers: peersOf(self), heard: known, seed: seed++ });
        heard.set(self, [...known, ...to]);
        for (const peer of to) heard.set(peer, [...new Set([...(heard.get(peer) ?? []), ...known, ...to])]);
      }
    expect(rounds).toBeLessThanOrEqual(6);
    expect(heard.size).toBe(50);
  });

  test("repairs with as few peers, every ten seconds or as set", () => {
    expect(gossip()).toMatchObject({ repairPeers: 3, repairEveryMs: 10_000 });
    expect(gossip({ recipients: 5, syncIntervalMs: 250 })).toMatchObject({ repairPeers: 5, repairEveryMs: 250 });
  });

  test.each([
    [{ recipients: 0 }, "recipients"],
    [{ syncIntervalMs: 0 }, "syncIntervalMs"],
  ])("refuses %j", (settings, field) => {
    expect(() => gossip(settings)).toThrow(HubConfigError);
    expect(() => gossip(settings)).toThrow(new RegExp(`gossip.${field}`));
  });
});
