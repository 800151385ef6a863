import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { namesOf, quorumCases, Witness } from "./cuts.cases.js";
import { partitionCases } from "./family.cases.js";
import { majorityQuorum } from "./majority-quorum.js";

partitionCases("majorityQuorum", () => majorityQuorum());
partitionCases("majorityQuorum of a fixed size", () => majorityQuorum({ initialSize: 3, trackMax: false }));
quorumCases("majorityQuorum", () => majorityQuorum());
quorumCases("majorityQuorum of a fixed size", (initialSize) => majorityQuorum({ initialSize, trackMax: false }));

describe("majorityQuorum", () => {
  const sizes = (witness: Witness, ...seen: number[]) => seen.map((size) => witness.sees(namesOf(size)));

  test("counts by the largest cluster seen", () => {
    expect(sizes(new Witness(majorityQuorum()), 1, 2, 5, 3, 2, 3)).toEqual([true, true, true, true, false, true]);
  });

  test("with an initial size waits for more than half of it", () => {
    expect(sizes(new Witness(majorityQuorum({ initialSize: 3 })), 1, 2, 1, 5, 2)).toEqual([false, true, false, true, false]);
  });

  test("keeps the initial size when it does not track", () => {
    expect(sizes(new Witness(majorityQuorum({ initialSize: 3, trackMax: false })), 1, 5, 2, 1)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test("who says goodbye does not count any more; who vanishes does", () => {
    const witness = new Witness(majorityQuorum());
    witness.sees(namesOf(5));
    expect(witness.sees(namesOf(2), 1, ["n2", "n3", "n4"])).toBe(true);
    expect(witness.sees(namesOf(1))).toBe(false);
  });

  test("an operator's size is counted from then on", () => {
    const witness = new Witness(majorityQuorum());
    expect(sizes(witness, 5, 2)).toEqual([true, false]);
    witness.reset(3);
    expect(sizes(witness, 2, 1, 4, 2)).toEqual([true, false, true, false]);
  });

  describe("a node that others tell what they know", () => {
    const make = () => new Witness(majorityQuorum({ initialSize: 5 }));

    test("counts by their size when it is new, however long ago nodes left", () => {
      const [old, young] = [make(), make()];
      old.sees(namesOf(5));
      old.sees(namesOf(3), 1, ["n3", "n4"]);
      expect(young.sees(["n0", "n1"])).toBe(false);
      young.hears(old.told());
      expect([young.sees(["n0", "n1"]), young.sees(["n0"])]).toEqual([true, false]);
    });

    test("takes off once what both have heard a goodbye of, and late word of a larger size brings nobody back", () => {
      const [a, b] = [make(), make()];
      for (const each of [a, b]) each.sees(namesOf(5));
      const before = b.told();
      a.sees(namesOf(4), 1, ["n4"]);
      b.hears(a.told());
      expect(b.sees(namesOf(3), 1, ["n4"])).toBe(true);
      a.hears(before);
      expect([a, b].map((each) => [each.sees(["n0", "n1", "n2"]), each.sees(["n0", "n1"])])).toEqual([
        [true, false],
        [true, false],
      ]);
    });

    test("hears of a goodbye that it missed, and counts who has come back", () => {
      const [a, b] = [make(), make()];
      for (const each of [a, b]) each.sees(namesOf(5));
      a.sees(namesOf(4), 1, ["n4"]);
      b.sees(namesOf(4));
      b.hears(a.told());
      expect(b.sees(namesOf(2))).toBe(false);
      b.sees(namesOf(5));
      expect(b.sees(namesOf(2))).toBe(false);
      expect(b.sees(namesOf(3))).toBe(true);
    });

    test("counts the larger of two sizes, and an operator's last", () => {
      const [a, b] = [make(), make()];
      a.sees(namesOf(7));
      b.sees(namesOf(5));
      b.hears(a.told());
      expect(b.sees(namesOf(3))).toBe(false);
      b.reset(3);
      a.hears(b.told());
      b.hears({ size: 7, resets: 0, left: [] });
      expect([a, b].map((each) => [each.sees(namesOf(2)), each.sees(namesOf(1))])).toEqual([
        [true, false],
        [true, false],
      ]);
    });

    test("passes over what is no memory", () => {
      const b = make();
      b.sees(namesOf(5));
      for (const garbage of [null, 7, { size: 0 }, { size: 1, resets: -1, left: [] }, { seen: {} }]) b.hears(garbage);
      expect([b.sees(namesOf(3)), b.sees(namesOf(2))]).toEqual([true, false]);
    });
  });

  test.each([
    [{ initialSize: 0 }, "majorityQuorum.initialSize"],
    [{ trackMax: false }, "majorityQuorum.initialSize"],
    [{ trackMax: "no" }, "majorityQuorum.trackMax"],
  ])("refuses %j", (settings, path) => {
    const make = () => majorityQuorum(settings as { initialSize: number });
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(expect.objectContaining({ fields: expect.objectContaining({ path }) }));
  });
});
