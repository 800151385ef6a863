/*
 * Runs the checks of imports and determinism over all sources.
 * Without it the checks would each read and parse the sources, and report in their own form.
 */
import { brokenArrows } from "./arrows.mjs";
import { indeterminate } from "./determinism.mjs";
import { sourceFiles } from "./source-file.mjs";

/** Checks the sources below a root: `{ files, lines }`, the number of files read and one `path:line  why` for each problem. */
export function problemsUnder(root) {
  const lines = [];
  let files = 0;
  for (const source of sourceFiles(root)) {
    files += 1;
    const found = source.errors.map(({ message, labels }) => ({
      start: labels?.[0]?.start ?? 0,
      why: `does not parse: ${message}`,
    }));
    found.push(...brokenArrows(root, source), ...indeterminate(source));
    found.sort((a, b) => a.start - b.start);
    for (const { start, why } of found) lines.push(`${source.path}:${source.lineAt(start)}  ${why}`);
  }
  return { files, lines };
}
