/*
 * The first program of docs/in-your-project.md, as a reader copies it.
 * Without it the first thing that a user tries could be the first that fails.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The consumer that the page describes: its files, by the names in their first lines. Throws when the page has no such files. */
export function firstActor(root) {
  const page = readFileSync(join(root, "docs", "in-your-project.md"), "utf8");
  const blocks = [...page.matchAll(/```js\n(\/\/ ([\w.]+\.js):[\s\S]*?)```/g)];
  const files = Object.fromEntries(blocks.map(([, text, name]) => [name, text]));
  if (files["main.js"] === undefined || files["counter.actor.js"] === undefined)
    throw new Error("docs/in-your-project.md does not show main.js and counter.actor.js");
  return { files, packages: ["process-hub", "zod"], run: "node main.js", expects: /^2\n$/ };
}
