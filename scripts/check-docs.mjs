/**
 * Fails when a relative link in a Markdown file leads nowhere (anchors of Markdown files included), or when the guides name a `pnpm` or
 * `npm run` script that does not exist. Without it links would rot with each renamed file.
 *
 *   node scripts/check-docs.mjs [root]
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
const guides = /^(README|CONTRIBUTING|ARCHITECTURE)\.md$/;
const pnpmOwn = new Set([
  "install",
  "i",
  "add",
  "remove",
  "exec",
  "dlx",
  "pack",
  "publish",
  "run",
  "changeset",
  "why",
  "up",
  "update",
]);

function* markdownFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && !["node_modules", "dist", ".git", "fixtures"].includes(entry.name)) {
      yield* markdownFiles(join(folder, entry.name));
    } else if (entry.name.endsWith(".md")) yield join(folder, entry.name);
  }
}

/** The text with code blanked out, line by line, so that an example's brackets are not taken for a link. */
function withoutCode(text) {
  const blank = (code) => code.replace(/[^\n]/g, " ");
  return text.replace(/^(```|~~~).*?^\1/gms, blank).replace(/`[^`\n]*`/g, blank);
}

function* links(text) {
  const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
  const definition = /^[ \t]*\[[^\]]+\]:[ \t]+(\S+)/gm;
  const html = /\b(?:src|href)="([^"]+)"/g;
  for (const pattern of [inline, definition, html]) {
    for (const match of text.matchAll(pattern)) yield { target: match[1], at: match.index };
  }
}

/** The anchors of a file's headings, as GitHub makes them. */
function anchors(text) {
  const seen = new Map();
  const all = new Set();
  for (const [, heading] of text.replace(/^(```|~~~).*?^\1/gms, "").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const base = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    all.add(count === 0 ? base : `${base}-${count}`);
  }
  for (const [, id] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) all.add(id);
  return all;
}

function linkComplaint(file, target) {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
  const [path, anchor] = target.split("#");
  const to =
    path === "" ? file : resolve(path.startsWith("/") ? root : dirname(file), decodeURIComponent(path.replace(/^\//, "")));
  if (!existsSync(to)) return `"${target}" leads to no file`;
  if (anchor && to.endsWith(".md") && !anchors(readFileSync(to, "utf8")).has(anchor)) return `"${target}" leads to no heading`;
  if (anchor && statSync(to).isDirectory()) return `"${target}" is an anchor in a folder`;
  return undefined;
}

function* scriptComplaints(text, scripts) {
  for (const match of text.matchAll(/\b(?:npm run|pnpm(?: run)?)[ \t]+(?:-[a-zA-Z-]+[ \t]+)*([a-z][a-z0-9:-]*)/g)) {
    const name = match[1];
    const isCommand = match[0].startsWith("pnpm") && !match[0].startsWith("pnpm run") && pnpmOwn.has(name);
    if (!isCommand && !scripts.has(name)) yield { at: match.index, why: `"${match[0]}" names no script of package.json` };
  }
}

/** Only what stands in code is a command; prose may say "pnpm itself". */
function codeOf(text) {
  const blank = (prose) => prose.replace(/[^\n]/g, " ");
  const code = [...text.matchAll(/^(```|~~~).*?^\1|`[^`\n]*`/gms)];
  let at = 0;
  let result = "";
  for (const match of code) {
    result += blank(text.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return result;
}

const scripts = new Set(Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts ?? {}));
let files = 0;
let problems = 0;
for (const file of markdownFiles(root)) {
  files += 1;
  const text = readFileSync(file, "utf8");
  const found = [];
  for (const { target, at } of links(withoutCode(text))) {
    const why = linkComplaint(file, target);
    if (why) found.push({ at, why });
  }
  if (guides.test(relative(root, file))) found.push(...scriptComplaints(codeOf(text), scripts));
  for (const { at, why } of found) console.log(`${relative(root, file)}:${text.slice(0, at).split("\n").length}  ${why}`);
  problems += found.length;
}
console.log(`${files} Markdown files, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
