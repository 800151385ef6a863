import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cutTable } from "./cuts.cases.js";
import { divergence } from "./divergence.js";
import { dynamicQuorum } from "./dynamic-quorum.js";
import { majorityQuorum } from "./majority-quorum.js";
import { staticQuorum } from "./static-quorum.js";

/** The table of docs/partitions.md, as the strategies answer today. */
function table(): string {
  const rows = [2, 3, 4, 5, 6, 7].flatMap((size) => {
    const half = Math.floor(size / 2) + 1;
    const columns = {
      "`divergence()`": () => divergence(),
      "`staticQuorum({ size: n/2 + 1 })`": () => staticQuorum({ size: half }),
      "`dynamicQuorum()`": () => dynamicQuorum(),
      "`majorityQuorum()`": () => majorityQuorum(),
    };
    const [header, rule, ...cuts] = cutTable(columns, size);
    const numbered = cuts.map((row) => `| ${size} ${row}`);
    return size === 2 ? [`| nodes ${header}`, `| --- ${rule}`, ...numbered] : numbered;
  });
  return rows.join("\n");
}

test("docs/partitions.md shows which sides of every cut of two to seven nodes serve", () => {
  const page = readFileSync(join(process.cwd(), "docs", "partitions.md"), "utf8");
  expect(page).toContain(table());
});
