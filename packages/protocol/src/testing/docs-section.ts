/**
 * A part of a page of the docs that a test writes: between `<!-- name -->` and `<!-- /name -->`.
 * Without it a table in the docs says what the code said when somebody last copied it.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** The text of a section of `docs/<page>`. With UPDATE_DOCS=1 in the environment `text` is written there first. Throws when the page has no such section. */
export function docsSection(page: string, name: string, text: string): string {
  const before = `<!-- ${name} -->\n`;
  const after = `\n<!-- /${name} -->`;
  const file = new URL(`../../../../docs/${page}`, import.meta.url);
  const whole = readFileSync(file, "utf8");
  const from = whole.indexOf(before) + before.length;
  const to = whole.indexOf(after, from - 1);
  if (from < before.length || to === -1) throw new Error(`docs/${page} has no section ${name}`);
  if (process.env.UPDATE_DOCS !== "1") return whole.slice(from, to);
  writeFileSync(file, `${whole.slice(0, from)}${text}${whole.slice(to)}`);
  return text;
}
