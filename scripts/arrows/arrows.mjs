/*
 * Finds imports that the table of packages and rooms does not allow.
 * Without it a part could import a floor above it.
 */
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { importsOf } from "./imports.mjs";
import { table, testDoors, testLibraries } from "./table.mjs";

const nameOf = (unit) => (unit === "process-hub" ? unit : `@process-hub/${unit}`);
const unitOf = new Map(Object.keys(table).map((unit) => [nameOf(unit), unit]));

/** The imports of a file that the table does not allow, as `{ start, why }`. */
export function* brokenArrows(root, source) {
  const rules = table[source.unit];
  if (!rules) {
    yield { start: 0, why: `the package ${source.unit} is not in scripts/arrows/table.mjs: say there what it may import` };
    return;
  }
  const outside = outsideSides(source, rules);
  if (outside) yield { start: 0, why: outside };
  for (const found of importsOf(source)) {
    const why = complaint(root, source, rules, found);
    if (why) yield { start: found.start, why };
  }
}

/** Where a package has sides, every source is in one of them, but for the doors of the package and what its tests share. */
function outsideSides({ unit, inner, file }, { sides }) {
  const [side] = inner;
  if (!sides || side === "fixtures" || (side === undefined && basename(file) === "index.ts") || side in sides) return undefined;
  return `${unit} has the sides ${Object.keys(sides).join(", ")}; this file is in none of them`;
}

function complaint(root, source, rules, { specifier, kind, typeOnly }) {
  if (specifier === undefined) return undefined; // computed: user modules are loaded so
  if (specifier.startsWith("file:") || specifier.startsWith("/")) return `"${specifier}" is an absolute address`;
  if (kind === "url" || specifier.startsWith(".")) return relativeComplaint(root, source, rules, specifier, kind);
  if (isBuiltin(specifier)) return undefined;
  const [name, door] = split(specifier);
  if (unitOf.has(name) || name.startsWith("@process-hub/")) return packageComplaint(root, source, rules, specifier, name, door);
  return libraryComplaint(source, rules, name, typeOnly);
}

function relativeComplaint(root, source, rules, specifier, kind) {
  const group = source.path.split("/")[0];
  const path = relative(join(root, group, source.unit), join(dirname(source.file), specifier)).split(sep);
  const isWhole = source.unit === "integration" || (source.inner[0] === "model" && path[0] === "model");
  const inner = isWhole ? path : path.slice(1);
  if (isWhole ? path[0] === ".." : path[0] !== "src")
    return `"${specifier}" leaves the sources of ${source.unit}: use the other package's door`;
  // A URL only says where a file is; it loads nothing on this side.
  if (kind === "url" || !rules.sides) return undefined;
  const from = source.inner[0];
  const to = inner.length > 1 ? inner[0] : undefined;
  const allowed = rules.sides[from];
  if (!allowed || from === to || (to && allowed.includes(to))) return undefined;
  if (source.isTest && (to === "fixtures" || inner.join("/") === "index.js")) return undefined;
  return `${source.unit}/${from} may import ${from}${allowed.map((side) => `, ${side}`).join("")}; not "${specifier}"`;
}

function packageComplaint(root, source, rules, specifier, name, door) {
  const unit = unitOf.get(name);
  if (unit === source.unit) return `"${specifier}" is this package itself: import the file`;
  if (!unit) return `"${specifier}" is no package of this workspace`;
  if (["integration", "demo", "bench", "rooms", "sessions"].includes(unit)) return `nothing imports ${name}`;
  if (!doorsOf(root, unit).includes(door)) return `"${specifier}" is not a door of ${name} (see the exports of its package.json)`;
  if (rules.imports === "any" || rules.imports.includes(specifier)) return undefined;
  if (source.isTest && testDoors.includes(specifier)) return undefined;
  return `${source.unit} may not import "${specifier}"; it may import ${rules.imports.join(", ") || "no other package"}`;
}

function libraryComplaint(source, rules, name, typeOnly) {
  if (rules.libraries === "any" || (source.isTest && testLibraries.includes(name))) return undefined;
  const allowed = rules.libraries[name];
  if (!allowed) {
    const names = Object.keys(rules.libraries).join(", ");
    return `${source.unit} may not use the library "${name}"; it may use ${names || "none"}`;
  }
  if (allowed === "types" && !typeOnly && !source.isTest) return `${source.unit} may import only types from "${name}"`;
  if (Array.isArray(allowed) && !allowed.includes(source.inner[0])) {
    return `"${name}" may be used only in ${source.unit}/${allowed.join(` and ${source.unit}/`)}`;
  }
  return undefined;
}

function split(specifier) {
  const parts = specifier.split("/");
  const name = parts.splice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return [name, parts.length === 0 ? "." : `./${parts.join("/")}`];
}

function doorsOf(root, unit) {
  const file = join(root, "packages", unit, "package.json");
  if (!existsSync(file)) return [];
  return Object.keys(JSON.parse(readFileSync(file, "utf8")).exports ?? {});
}
