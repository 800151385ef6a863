/**
 * Names the failed tests of the vitest JSON reports under a folder, each with what it said, then sums all into one line,
 * "N passed, N failed[, N skipped]", and exits by it.
 *
 *   node .ci/sum-results.mjs --broken 1 FOLDER      adds 1 failure for what has no test of its own
 *   node .ci/sum-results.mjs --has-failures FOLDER  prints nothing; exits 0 if the folder holds a failure
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { broken: { type: "string", default: "0" }, "has-failures": { type: "boolean", default: false } },
  allowPositionals: true,
});

/** So much of an error's text. */
const messageLines = 12;

const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const file of reportsUnder(positionals[0])) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  sum.passed += report.numPassedTests;
  // A file that cannot load and an unhandled error fail a run without failing a test.
  sum.failed += report.numFailedTests === 0 && !report.success ? 1 : report.numFailedTests;
  sum.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  for (const { name, message, assertionResults } of report.testResults ?? []) {
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0 && message) failures.push(...failure(name, "does not load", [message]));
    for (const { fullName, failureMessages } of failed) failures.push(...failure(name, fullName, failureMessages));
  }
}

if (values["has-failures"]) process.exit(sum.failed > 0 ? 0 : 1);
for (const line of failures) console.log(line);
sum.failed += Number(values.broken);
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
process.exit(sum.failed === 0 && sum.passed > 0 ? 0 : 1);

function failure(file, test, messages) {
  const text = messages.join("\n").split("\n").slice(0, messageLines);
  return [`FAILED ${relative(process.cwd(), file)}: ${test}`, ...text.map((line) => `  ${line}`), ""];
}

function reportsUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
