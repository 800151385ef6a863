import { expect, test } from "vitest";
import { mayBecome, type StateTable, stateTable } from "./state-table.js";

const door: StateTable<"open" | "shut" | "walled up"> = {
  open: { means: "people pass", next: ["shut"], facts: { light: "yes" } },
  shut: { means: "nobody passes", next: ["open", "walled up"] },
  "walled up": { means: "nobody ever passes", next: [] },
};

test("a state becomes what its row names, and nothing else", () => {
  expect([mayBecome(door, "open", "shut"), mayBecome(door, "open", "walled up"), mayBecome(door, "open", "open")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("the docs get a row for each state, with its facts", () => {
  expect(stateTable(door)).toBe(
    [
      "| state | what it means | light | may become |",
      "| --- | --- | --- | --- |",
      "| `open` | people pass | yes | `shut` |",
      "| `shut` | nobody passes |  | `open`, `walled up` |",
      "| `walled up` | nobody ever passes |  | - |",
    ].join("\n"),
  );
});
