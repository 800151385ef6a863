/*
 * Draws two runs of the benchmark as bars: what each row is of its floor, by processor time.
 * Without it two runs could only be compared number by number.
 */
import { ratiosOf } from "../regress/losses.js";
import type { Measured } from "../row.js";

/** The rows of a run. */
export type Run = readonly ({ readonly name: string } & Pick<Measured, "figures">)[];

const width = 760;
const left = 240;
const rowHeight = 40;
const barHeight = 12;
const top = 56;
const dark = "#1f5fa8";
const light = "#9db8d6";

/** An SVG of the rows that both runs have, and that have a floor; starts and stops are left out, whose floor does nothing of what they do. */
export function plot(before: Run, now: Run): string {
  const was = ratios(before);
  const rows = [...ratios(now)].flatMap(([name, is]) => {
    const old = was.get(name);
    return old === undefined || name.startsWith("starts") ? [] : [{ name, old, is }];
  });
  const most = Math.max(1, ...rows.map(({ old, is }) => Math.max(old, is)));
  const x = (ratio: number): number => left + (ratio / most) * (width - left - 60);
  const height = top + rows.length * rowHeight + 24;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (ratio) =>
      `<line x1="${x(ratio)}" y1="${top - 8}" x2="${x(ratio)}" y2="${height - 20}" stroke="#ccc"/><text x="${x(ratio)}" y="${height - 6}" text-anchor="middle">${ratio}</text>`,
  );
  const bars = rows.map(({ name, old, is }, i) => {
    const y = top + i * rowHeight;
    return [
      `<text x="${left - 8}" y="${y + 16}" text-anchor="end">${escaped(name)}</text>`,
      bar(y, old, x, light),
      bar(y + barHeight + 2, is, x, dark),
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>What each row of the benchmark is of its floor, before and now</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="8" y="20" font-size="14">Of the floor, by processor time for one operation: 1 is the floor itself</text>
<rect x="8" y="30" width="12" height="12" fill="${light}"/><text x="24" y="40">before</text>
<rect x="88" y="30" width="12" height="12" fill="${dark}"/><text x="104" y="40">now</text>
${[...ticks, ...bars].join("\n")}
</svg>
`;
}

function bar(y: number, ratio: number, x: (ratio: number) => number, color: string): string {
  return `<rect x="${left}" y="${y}" width="${(x(ratio) - left).toFixed(1)}" height="${barHeight}" fill="${color}"/><text x="${(x(ratio) + 4).toFixed(1)}" y="${y + 10}">${ratio.toFixed(2)}</text>`;
}

function ratios(run: Run): Map<string, number> {
  return new Map(
    run.flatMap((row) => Object.entries(ratiosOf(row.figures)).map(([figure, ratio]) => [`${row.name}: ${figure}`, ratio])),
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
