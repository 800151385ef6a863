/*
 * The program that draws rows against their floors: `node apps/bench/dist/plot/main.js before.json now.json > plot.svg`, each what `pnpm bench --json` printed.
 * Without it the picture in docs/performance.md would be drawn by hand, and be of another run than its table.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { MeasuredRow } from "../apart.js";
import { plot } from "./bars.js";

const Rows = z.array(MeasuredRow);

const [before, now] = await Promise.all(
  process.argv.slice(2, 4).map(async (path) => Rows.parse(JSON.parse(await readFile(path, "utf8")))),
);
if (before === undefined || now === undefined) {
  process.stderr.write("usage: node apps/bench/dist/plot/main.js before.json now.json\n");
  process.exitCode = 2;
} else process.stdout.write(plot(before, now));
