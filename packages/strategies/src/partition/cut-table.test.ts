import { expect, test } from "vitest";
import { cutTable } from "./cuts.cases.js";
import { divergence } from "./divergence.js";
import { dynamicQuorum } from "./dynamic-quorum.js";
import { majorityQuorum } from "./majority-quorum.js";
import { staticQuorum } from "./static-quorum.js";

test("which sides of a cut of five nodes serve, for as long as it lasts", () => {
  const columns = {
    divergence: () => divergence(),
    "staticQuorum 3": () => staticQuorum({ size: 3 }),
    "staticQuorum 4": () => staticQuorum({ size: 4 }),
    "dynamicQuorum 50": () => dynamicQuorum({ windowMs: 10_000 }),
    "dynamicQuorum 80": () => dynamicQuorum({ windowMs: 10_000, percent: 80 }),
    majorityQuorum: () => majorityQuorum(),
  };
  expect(cutTable(columns, 5).sort()).toEqual(
    [
      "| cut | divergence | staticQuorum 3 | staticQuorum 4 | dynamicQuorum 50 | dynamicQuorum 80 | majorityQuorum |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      "| 4 / 1 | all | 4 | 4 | 4 | 4 | 4 |",
      "| 3 / 2 | all | 3 | none | 3 | none | 3 |",
      "| 3 / 1 / 1 | all | 3 | none | 3 | none | 3 |",
      "| 2 / 2 / 1 | all | none | none | none | none | none |",
      "| 2 / 1 / 1 / 1 | all | none | none | none | none | none |",
      "| 1 / 1 / 1 / 1 / 1 | all | none | none | none | none | none |",
    ].sort(),
  );
});
