import { expect, test } from "vitest";
import { plot, type Run } from "./bars.js";

const run = (ratio: number): Run => [
  {
    name: "asks",
    figures: [{ name: 'ask "a" & <b>', role: "subject", median: 1, min: 1, max: 1, cpuOfFloor: ratio }],
  },
  { name: "bytes", figures: [{ name: "idle", role: "subject", median: 1, min: 1, max: 1 }] },
];

test("each row with a floor has a bar of each run, as long as its ratio; names are escaped", () => {
  const svg = plot(run(0.25), run(0.5));
  const widths = [...svg.matchAll(/<rect x="240" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([115, 230]);
  expect(svg).toContain("asks: ask &quot;a&quot; &amp; &lt;b>");
  expect(svg).not.toContain("idle");
});
