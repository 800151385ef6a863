/*
 * A copy of the workspace in which one mutant at a time is built and checked.
 * Without it mutants would be written into the sources that somebody works on.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./program.mjs";

/** The source of a mutant. Throws unless its text stands in its file exactly once: a mutant must not rot silently. */
export function mutated(root, { name, file, find, put }) {
  const path = join(root, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`mutant "${name}": its text stands ${times} times in ${file}, and must stand there once:\n${find}`);
  return { path, text, broken: text.replace(find, () => put) };
}

/** A copy of the workspace to break: its own sources and builds, the libraries shared. */
export class Workspace {
  constructor(root) {
    this.root = mkdtempSync(join(tmpdir(), "process-hub-mutants-"));
    const left = new Set([".git", "node_modules", ".changeset"]);
    for (const entry of readdirSync(root)) {
      if (!left.has(entry)) cpSync(join(root, entry), join(this.root, entry), { recursive: true, verbatimSymlinks: true });
    }
    symlinkSync(join(root, "node_modules"), join(this.root, "node_modules"));
  }

  /** Compiles the copy as it stands. Throws what the compiler says. */
  async build(what) {
    const { code, output } = await program(process.execPath, ["node_modules/typescript/bin/tsc", "-b"], { cwd: this.root });
    if (code !== 0) throw new Error(`${what} does not compile:\n${output}`);
  }

  /** Breaks the sources of the copy, lets `act` look at it, and mends them; what `act` compiled is compiled again. */
  async with(mutant, act) {
    const { path, text, broken } = mutated(this.root, mutant);
    writeFileSync(path, broken);
    let isBuilt = false;
    try {
      return await act(() => {
        isBuilt = true;
        return this.build(`mutant "${mutant.name}"`);
      });
    } finally {
      writeFileSync(path, text);
      if (isBuilt) await this.build("the mended copy");
    }
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}
