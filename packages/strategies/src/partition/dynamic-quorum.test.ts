import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cutsOf, namesOf, quorumCases, Witness } from "./cuts.cases.js";
import { dynamicQuorum } from "./dynamic-quorum.js";
import { partitionCases } from "./family.cases.js";

const windowMs = 10_000;
const quorum = (percent = 50) => new Witness(dynamicQuorum({ windowMs, percent }));

partitionCases("dynamicQuorum", () => dynamicQuorum());
quorumCases("dynamicQuorum", () => dynamicQuorum({ windowMs }));
quorumCases("dynamicQuorum of less than half", () => dynamicQuorum({ windowMs, percent: 10 }));

describe("dynamicQuorum", () => {
  test("serves down to two nodes when the others go one by one, each a window after the last", () => {
    const witness = quorum();
    for (const size of [5, 4, 3, 2]) {
      expect([size, witness.sees(namesOf(size))]).toEqual([size, true]);
      witness.sees(namesOf(size), windowMs + 1);
    }
  });

  test("an even loss is a cut however slow: the last of two does not know whether the other is there", () => {
    const witness = quorum();
    witness.sees(namesOf(2));
    expect([1, windowMs * 9, windowMs * 9].map((ms) => witness.sees(namesOf(1), ms))).toEqual([false, false, false]);
  });

  describe("a node that others tell what they know", () => {
    test("counts the nodes that are missing when it is new, for as long as they have yet to be forgotten, whatever its clock shows", () => {
      const [old, young] = [quorum(), quorum()];
      old.sees(namesOf(5), 7_200_000);
      old.sees(namesOf(4), windowMs - 5);
      // It finds one of them before it has heard anything.
      young.sees(["n0", "n5"]);
      young.hears(old.told());
      expect([young.sees(["n0", "n1", "n5"]), young.sees(["n0", "n1", "n2", "n5"])]).toEqual([false, true]);
      young.sees(namesOf(4), 10);
      expect(young.sees(["n0", "n1", "n2"])).toBe(true);
    });

    test("goes by what it saw itself when it has seen nodes go: newcomers do not outvote those that its side has lost", () => {
      const [few, newcomer] = [quorum(), quorum()];
      few.sees(namesOf(5));
      few.sees(["n0", "n1"]);
      newcomer.sees(["n5", "n6", "n7"]);
      newcomer.sees(["n5", "n6"]);
      for (const witness of [newcomer, quorum()]) {
        witness.sees(["n5", "n6", "n7"]);
        few.hears(witness.told());
      }
      expect(few.sees(["n0", "n1", "n5", "n6", "n7"])).toBe(false);
    });

    test("takes an operator's word from whoever has it, and passes over what is no memory", () => {
      const [told, other] = [quorum(), quorum()];
      for (const witness of [told, other]) for (const size of [5, 2]) witness.sees(namesOf(size));
      told.reset(2);
      for (const each of [null, { size: 3 }, { seen: {}, expected: 1, resets: -1, fresh: false }]) other.hears(each);
      expect(other.sees(namesOf(2))).toBe(false);
      other.hears(told.told());
      expect(other.sees(namesOf(2))).toBe(true);
    });
  });

  test("a node that is lost for less than the window still counts", () => {
    const witness = quorum();
    witness.sees(namesOf(5));
    expect(witness.sees(namesOf(3), windowMs - 1)).toBe(true);
    expect(witness.sees(namesOf(2), 1)).toBe(false);
  });

  test("asks for its share of the known nodes", () => {
    const served = [4, 3].map((size) => {
      const witness = quorum(80);
      witness.sees(namesOf(5));
      return witness.sees(namesOf(size));
    });
    expect(served).toEqual([true, false]);
  });

  test("who says goodbye does not count any more", () => {
    const witness = quorum();
    witness.sees(namesOf(5));
    expect(witness.sees(namesOf(2), 1, ["n2", "n3", "n4"])).toBe(true);
  });

  test("newcomers do not outvote those a side has lost, neither later nor in the same view", () => {
    const later = quorum();
    later.sees(namesOf(5));
    later.sees(["n3", "n4"]);
    expect(later.sees(["n3", "n4", "x", "y"])).toBe(false);
    expect(later.sees(["n3", "n4", "x", "y"], windowMs * 2)).toBe(false);
    const atOnce = quorum();
    atOnce.sees(namesOf(3));
    expect(atOnce.sees(["n0", "x", "y"])).toBe(false);
  });

  test("a side that serves may be cut again, and again one part of all at most serves", () => {
    const whole = namesOf(7);
    const majority = whole.slice(0, 4);
    for (const sides of cutsOf(majority)) {
      const served = sides.filter((side) => {
        const witness = quorum();
        witness.sees(whole);
        witness.sees(majority);
        witness.sees(majority, windowMs + 1);
        return witness.sees(side) || witness.sees(side, windowMs * 3);
      });
      expect(served.length).toBeLessThanOrEqual(1);
    }
    const others = quorum();
    others.sees(whole);
    expect([others.sees(whole.slice(4)), others.sees(whole.slice(4), windowMs * 5)]).toEqual([false, false]);
  });

  test("after a reset by an operator, the nodes that are there count once they are enough of the new size", () => {
    const witness = quorum();
    witness.sees(namesOf(5));
    witness.sees(["n0"]);
    witness.reset(3);
    expect([witness.sees(["n0"]), witness.sees(["n0", "x"]), witness.sees(["x"])]).toEqual([false, true, false]);
  });

  test.each([
    [{ percent: 0 }, "dynamicQuorum.percent"],
    [{ percent: 101 }, "dynamicQuorum.percent"],
    [{ windowMs: 0 }, "dynamicQuorum.windowMs"],
  ])("refuses %j", (settings, path) => {
    const make = () => dynamicQuorum(settings);
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(expect.objectContaining({ fields: expect.objectContaining({ path }) }));
  });
});
