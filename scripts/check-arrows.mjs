/**
 * Fails on imports that the package table does not allow (types included), on real time and chance outside the Clock and Random ports, and
 * on module-level mutable state. One line for each: file:line, why. Without it import circles and untestable code would come back
 * unnoticed.
 *
 *   node scripts/check-arrows.mjs [root]
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { problemsUnder } from "./arrows/problems.mjs";

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
const { files, lines } = problemsUnder(root);
for (const line of lines) console.log(line);
console.log(`${files} files, ${lines.length} problems`);
process.exitCode = lines.length === 0 ? 0 : 1;
