/*
 * Finds and parses the source files of the workspace.
 * Without it each check would decide for itself which files count.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseSync } from "oxc-parser";

const sourceName = /\.(ts|mts|cts|js|mjs|cjs)$/;
const testName = /\.(test|test-d|cases|bench)\.[mc]?[jt]sx?$/;
const groups = ["packages", "apps"];

/**
 * Every source file of the workspace, parsed:
 * `{ path, unit, inner, isTest, text, program, comments, lineAt(offset), errors }`, where `unit` is the folder of
 * packages/ or apps/ it belongs to, and `inner` the folders below src that lead to it.
 */
export function* sourceFiles(root) {
  for (const group of groups) {
    for (const unit of folders(join(root, group))) {
      const whole = join(root, group, unit);
      if (unit === "integration") {
        for (const file of filesUnder(whole)) yield parse(root, file, unit, whole);
        continue;
      }
      for (const file of filesUnder(join(whole, "src"))) yield parse(root, file, unit, join(whole, "src"));
      // A model of the package, beside its sources: its folder counts as one of them.
      for (const file of filesUnder(join(whole, "model"))) yield parse(root, file, unit, whole);
    }
  }
}

function parse(root, file, unit, home) {
  const text = readFileSync(file, "utf8");
  const inner = relative(home, file).split(sep).slice(0, -1);
  const isTest = testName.test(file) || inner.includes("fixtures") || inner[0] === "testing" || inner[0] === "model";
  const { program, comments, errors } = parseSync(file, text);
  const lineAt = (offset) => text.slice(0, offset).split("\n").length;
  return { path: relative(root, file).split(sep).join("/"), file, unit, inner, isTest, text, program, comments, errors, lineAt };
}

function folders(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function* filesUnder(path) {
  let entries = [];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== "dist") yield* filesUnder(join(path, entry.name));
    if (entry.isFile() && sourceName.test(entry.name)) yield join(path, entry.name);
  }
}

/** Calls `visit(node, parent, key)` for a node and all below it; a visit that returns false skips what is below. */
export function walk(node, visit, parent = undefined, key = undefined) {
  if (visit(node, parent, key) === false) return;
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === "string") walk(child, visit, node, name);
    }
  }
}
