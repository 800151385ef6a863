/**
 * Reads the members of an object or interface, and what their docstrings say, from a source file.
 * Without it a page of the docs would be a copy of the docstrings, and soon an old one.
 */
import { readFileSync } from "node:fs";

/** A member and its docstring in one line; empty where there is none. */
export interface Documented {
  readonly name: string;
  readonly says: string;
}

/** The members of what `opening` opens in a file, up to the brace that closes it at the start of a line. Throws when the file has no such text. */
export function membersOf(file: URL, opening: string): Documented[] {
  const source = readFileSync(file, "utf8");
  const from = source.indexOf(opening);
  if (from === -1) throw new Error(`${file.pathname} has no ${opening}`);
  const body = source.slice(from + opening.length, source.indexOf("\n}", from));
  const members = body.matchAll(/(?:\n {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/)?\n {2}(?:readonly )?([a-zA-Z]+)(?=[:(<?])/g);
  return [...members].map(([, doc = "", name = ""]) => ({ name, says: doc.replace(/\s*\n\s*\*?\s*/g, " ").trim() }));
}
