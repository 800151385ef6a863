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
