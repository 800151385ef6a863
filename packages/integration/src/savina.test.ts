import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const suite = join(import.meta.dirname, "../../..", "apps/bench/dist/savina/main.js");

/** The small sizes of the built suite in a process of its own: its rows, its exit code, and what it complained of. */
function savina(threads: string): Promise<{ rows: { readonly exact: boolean }[]; code: number | null; complaints: string }> {
  return new Promise((resolve) => {
    const args = [suite, "--json", "--threads", threads];
    const child = execFile(process.execPath, args, { timeout: 50_000, killSignal: "SIGKILL" }, (_failed, out, complaints) =>
      resolve({ rows: out === "" ? [] : JSON.parse(out), code: child.exitCode, complaints }),
    );
  });
}

test.each(["1", "2"])("each program of the Savina suite is exact, with so many threads: %s", async (threads) => {
  const { rows, code, complaints } = await savina(threads);
  expect(rows.filter(({ exact }) => !exact)).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(19);
  expect([code, complaints]).toEqual([0, ""]);
});
