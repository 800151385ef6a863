/**
 * The gate: every check in order, stopping at the first that fails, with the time each took. With VITEST_JSON_DIR set, the test runs also
 * leave their results there as JSON. Without it a change could be pushed with some check forgotten.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./bootstrap/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const node = process.execPath;
const reports = process.env.VITEST_JSON_DIR;

function vitest(project) {
  const report = reports
    ? ["--reporter=default", "--reporter=json", `--outputFile.json=${join(reports, `${project}.json`)}`]
    : [];
  return [node, "node_modules/vitest/vitest.mjs", "run", "--project", project, ...report];
}

const steps = {
  format: [bin("biome"), "check", "--linter-enabled=false", "."],
  lint: [bin("biome"), "lint", "--error-on-warnings", "."],
  build: [node, "node_modules/typescript/bin/tsc", "-b"],
  types: [node, "node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"],
  "test of the scripts": [node, "--test", "--test-reporter=dot", "scripts/check-arrows.test.mjs", "scripts/check-docs.test.mjs"],
  arrows: [node, "scripts/check-arrows.mjs"],
  docs: [node, "scripts/check-docs.mjs"],
  unused: [bin("knip"), "--no-config-hints"],
  shape: [node, "scripts/check-shape.mjs"],
  "unit tests": vitest("unit"),
  "integration tests": vitest("integration"),
  "losses of speed": [node, "apps/bench/dist/regress/main.js"],
};

const took = [];
let failedAt;
for (const [name, [file, ...args]] of Object.entries(steps)) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  // A leftover of a deleted source would still be packed and imported; on a developer's machine speed matters more.
  if (name === "build" && process.env.CI) await run(node, ["scripts/clean.mjs"], { cwd: root });
  const code = await run(file, args, { cwd: root });
  took.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  if (code !== 0) {
    failedAt = name;
    break;
  }
}
console.log(`\n${took.join(", ")}`);
console.log(failedAt ? `check failed at: ${failedAt}` : "check passed");
process.exitCode = failedAt ? 1 : 0;
