/*
 * Measures each row in a process of its own.
 * Without it what one row leaves behind, on the heap and in what V8 has learned of the code, would count for the next.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import type { Measured } from "./row.js";

const Figure = z.object({
  name: z.string(),
  role: z.enum(["subject", "floor", "peer"]),
  median: z.number(),
  min: z.number(),
  max: z.number(),
  cpuUs: z.number().optional(),
  ofFloor: z.number().optional(),
  cpuOfFloor: z.number().optional(),
  note: z.string().optional(),
});

/** A row as `--json` prints it. */
export const MeasuredRow = z.object({ name: z.string(), unit: z.string(), figures: z.array(Figure) });

/** What a row measured. Rejects when it does not end well. */
export async function measureApart(name: string, quick: boolean): Promise<{ readonly name: string } & Measured> {
  const program = fileURLToPath(new URL("./row-process.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, name, ...(quick ? ["--quick"] : [])], {
    maxBuffer: 1 << 24,
  });
  return MeasuredRow.parse(JSON.parse(stdout));
}
