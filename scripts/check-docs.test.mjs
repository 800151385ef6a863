import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("check-docs.mjs", import.meta.url));

function check(readme) {
  const root = mkdtempSync(join(tmpdir(), "docs-"));
  try {
    writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { check: "", demo: "" } }));
    writeFileSync(join(root, "OTHER.md"), "# Other page\n\n## A `b`: c\n");
    writeFileSync(join(root, "README.md"), readme);
    const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: "utf8" });
    return { status, lines: stdout.trim().split("\n").slice(0, -1) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

const good = [
  "[x](OTHER.md)",
  "[x](OTHER.md#a-b-c)",
  "# Here\n[x](#here)",
  "[x](https://example.com/none.md)",
  "`[x](none.md)`",
  "```\n[x](none.md)\npnpm install\npnpm check\nnpm run demo -- --flights 3\n```",
  "pnpm itself is not needed",
];
for (const text of good) test(`allows ${JSON.stringify(text)}`, () => assert.deepEqual(check(text), { status: 0, lines: [] }));

const bad = [
  "[x](none.md)",
  "[x]: none.md",
  '<img src="none.svg">',
  "[x](OTHER.md#none)",
  "[x](#none)",
  "`pnpm none`",
  "`npm run none`",
  "`pnpm run none`",
];
for (const text of bad) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    const { status, lines } = check(`first line\n\n${text}\n`);
    assert.equal(status, 1);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0].startsWith("README.md:3  "), lines[0]);
  });
}
