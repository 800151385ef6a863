/*
 * The checkers that a mutant must not survive: unit tests, the model, the campaign.
 * Without it a mutant could only be run against everything, which takes an hour each.
 */
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { program } from "./program.mjs";

/** A checker that runs unit tests; its faults are the names of the failed tests. One that is late counts as a fault. */
function tests(name, folders, env = {}) {
  return {
    name,
    async faults(root, { firstOnly, deadlineMs }) {
      const report = join(root, "mutants-report.json");
      rmSync(report, { force: true });
      const args = [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--project",
        "unit",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ];
      const bail = firstOnly ? ["--bail=1"] : [];
      const { code, output } = await program(process.execPath, [...args, ...bail, ...folders], {
        cwd: root,
        deadlineMs,
        env: { ...process.env, ...env },
      });
      if (code === 0) return [];
      if (code === "late") return [`does not end within ${Math.round(deadlineMs / 1_000)} s`];
      return failedTests(report, output);
    },
  };
}

function failedTests(report, output) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8"));
    return testResults.flatMap(({ name, status, assertionResults }) => {
      const failed = assertionResults.filter((result) => result.status === "failed").map(({ fullName }) => fullName);
      return failed.length === 0 && status === "failed" ? [name.slice(name.indexOf("packages"))] : failed;
    });
  } catch {
    return [output.trim().split("\n").at(-1)];
  }
}

/** What a campaign found wrong: the scenarios that some life failed under. */
function campaign(name, seeds) {
  return {
    name,
    async faults(root, { deadlineMs }) {
      const { code, output } = await program(process.execPath, ["scripts/sim.mjs", "--seeds", seeds, "--show", "0"], {
        cwd: root,
        deadlineMs,
      });
      if (code === 0) return [];
      if (code === "late") return [`does not end within ${Math.round(deadlineMs / 1_000)} s`];
      const line = /^failing seeds: (.*)$/m.exec(output)?.[1];
      return line === undefined
        ? [output.trim().split("\n").at(-1)]
        : [...new Set([...line.matchAll(/\(([^)]*)\)/g)].map(([, scenario]) => scenario))];
    },
  };
}

/**
 * The unit tests in the folder of a file. They read the sources of their own package, so they need no build: most mutants are caught here,
 * within seconds.
 */
export const beside = (file) => tests("units beside it", [dirname(file)]);

const low = ["protocol", "actor", "threads"];

/** Cheapest first. `of` names the packages that a checker depends on: mutants of others it cannot catch. */
export const checkers = [
  {
    ...tests(
      "units of actor and threads",
      [
        "packages/actor",
        "threads/src/mail",
        "threads/src/worker",
        "threads/model/conformance",
        "inline/handoff",
        "inline/explore",
        "inline/evacuation",
      ],
      { SEEDS: "80" },
    ),
    of: low,
  },
  { ...tests("units of cluster", ["packages/cluster"]), of: [...low, "strategies", "cluster"] },
  { ...campaign("campaign", "1..210"), of: [...low, "strategies", "cluster", "testkit"] },
  { ...tests("units of testkit", ["packages/testkit"]), of: [...low, "strategies", "cluster", "testkit"] },
];
