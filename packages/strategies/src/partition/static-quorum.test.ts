import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { namesOf, quorumCases, serving, Witness } from "./cuts.cases.js";
import { partitionCases } from "./family.cases.js";
import { staticQuorum } from "./static-quorum.js";
import { majorityOf } from "./while-paused.js";

partitionCases("staticQuorum", () => staticQuorum({ size: 3 }));
quorumCases("staticQuorum of a majority", (size) => staticQuorum({ size: majorityOf(size) }));
quorumCases("staticQuorum without confirmAtStart", (size) => staticQuorum({ size: majorityOf(size), confirmAtStart: false }));

describe("staticQuorum", () => {
  test("counts nodes from the first moment", () => {
    const witness = new Witness(staticQuorum({ size: 2 }));
    expect([1, 2, 3, 1].map((size) => witness.sees(namesOf(size)))).toEqual([false, true, true, false]);
  });

  test("without confirmAtStart serves until the quorum was first there", () => {
    const witness = new Witness(staticQuorum({ size: 3, confirmAtStart: false }));
    expect([1, 2, 3, 2, 1, 3].map((size) => witness.sees(namesOf(size)))).toEqual([true, true, true, false, false, true]);
  });

  test("a node that joins those who have seen the quorum does not serve without it", () => {
    const [old, young] = [1, 2].map(() => new Witness(staticQuorum({ size: 3, confirmAtStart: false }))) as [Witness, Witness];
    for (const size of [3, 1]) old.sees(namesOf(size));
    expect(young.sees(namesOf(2))).toBe(true);
    for (const told of [null, { confirmed: false }]) young.hears(told);
    expect(young.sees(namesOf(2))).toBe(true);
    young.hears(old.told());
    expect(young.sees(namesOf(2))).toBe(false);
  });

  test("of less than a majority lets both sides serve, as its text warns", () => {
    const sides = [
      ["n0", "n1"],
      ["n2", "n3"],
    ];
    expect(serving(() => staticQuorum({ size: 2 }), namesOf(4), sides, 1)).toEqual(sides);
  });

  test("stops actors while it pauses, or freezes them", () => {
    expect([staticQuorum({ size: 2 }), staticQuorum({ size: 2, whilePaused: "freeze" })]).toMatchObject([
      { whilePaused: "stop" },
      { whilePaused: "freeze" },
    ]);
  });

  test.each([
    [{}, "staticQuorum.size"],
    [{ size: 0 }, "staticQuorum.size"],
    [{ size: 2, confirmAtStart: 1 }, "staticQuorum.confirmAtStart"],
    [{ size: 2, whilePaused: "sleep" }, "staticQuorum.whilePaused"],
  ])("refuses %j", (settings, path) => {
    const make = () => staticQuorum(settings as { size: number });
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(expect.objectContaining({ fields: expect.objectContaining({ path }) }));
  });
});
