/*
 * Finds uses of real time and chance outside the Clock and Random ports, and mutable module state.
 * Without it a simulation could give two results for one seed.
 */
import { basename } from "node:path";
import { walk } from "./source-file.mjs";

const realNames = new Set(["real-clock.ts", "real-random.ts"]);
const globals = new Set(["setTimeout", "setInterval", "setImmediate"]);
const modules = new Set(["timers", "timers/promises"]);
const members = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now", "timeOrigin", "mark", "measure"],
  process: ["hrtime", "uptime"],
  crypto: ["randomUUID", "randomBytes", "randomInt", "randomFillSync", "getRandomValues"],
  AbortSignal: ["timeout"],
};
const named = { crypto: members.crypto, process: members.process };
const typeOnly = new Set([
  "TSTypeAnnotation",
  "TSTypeQuery",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSTypeParameterInstantiation",
  "TSTypeParameterDeclaration",
]);

/** Uses of real time and chance outside the Clock and Random ports, and module-level mutable state, as `{ start, why }`. */
export function* indeterminate(source) {
  if (!source.path.startsWith("packages/") || source.unit === "integration" || source.isTest) return;
  yield* moduleState(source.program);
  if (realNames.has(basename(source.path))) return;
  const found = [];
  const aliases = aliasesOf(source.program, (name, start) => found.push({ name, start }));
  walk(source.program, (node, parent, key) => {
    if (typeOnly.has(node.type) || node.type === "ImportDeclaration") return false;
    const name = forbidden(node, parent, key, aliases);
    if (name) found.push({ name, start: node.start });
  });
  for (const { name, start } of found)
    yield { start, why: `${name} is real time or chance: take a Clock or Random as an argument` };
}

function forbidden(node, parent, key, aliases) {
  switch (node.type) {
    case "Identifier":
      return globals.has(node.name) && isReference(parent, key) ? node.name : undefined;
    case "MemberExpression": {
      const property = propertyName(node);
      const object = objectName(node.object, aliases);
      if (object === "global" && globals.has(property)) return property;
      return members[object]?.includes(property) ? `${object}.${property}` : undefined;
    }
    case "NewExpression":
      return objectName(node.callee, aliases) === "Date" && node.arguments.length === 0 ? "new Date()" : undefined;
    case "CallExpression":
      return objectName(node.callee, aliases) === "Date" ? "Date()" : undefined;
    case "VariableDeclarator": {
      if (node.id.type !== "ObjectPattern" || !node.init) return undefined;
      const object = objectName(node.init, aliases);
      const taken = node.id.properties.map((property) => property.key?.name);
      const property = taken.find((name) => members[object]?.includes(name) || (object === "global" && globals.has(name)));
      return property && `${object}.${property}`;
    }
  }
  return undefined;
}

/** Local names of the modules and objects that hold a clock; names imported out of them are reported. */
function aliasesOf(program, report) {
  const aliases = new Map([
    ["globalThis", "global"],
    ["global", "global"],
    ["webcrypto", "crypto"],
  ]);
  for (const node of program.body) {
    if (node.type !== "ImportDeclaration" || node.importKind === "type") continue;
    const module = node.source.value.replace(/^node:/, "");
    if (modules.has(module)) report(`the module ${node.source.value}`, node.start);
    for (const { type, imported, local } of node.specifiers) {
      if (type !== "ImportSpecifier") {
        if (module in named) aliases.set(local.name, module);
      } else if (module === "perf_hooks" && imported.name === "performance") aliases.set(local.name, "performance");
      else if (module === "crypto" && imported.name === "webcrypto") aliases.set(local.name, "crypto");
      else if (named[module]?.includes(imported.name)) report(`${imported.name} of ${node.source.value}`, node.start);
    }
  }
  return aliases;
}

/** The global an expression names ("Date", "global" for globalThis itself), through `globalThis.` and aliases. */
function objectName(node, aliases) {
  if (node.type === "Identifier") return aliases.get(node.name) ?? node.name;
  if (node.type === "MemberExpression" && objectName(node.object, aliases) === "global") return propertyName(node);
  return undefined;
}

function propertyName({ property, computed }) {
  return computed ? property.value : property.name;
}

/** An identifier that stands for a value, not for the name of a member. */
function isReference(parent, key) {
  if (key === "property" && parent.type === "MemberExpression") return parent.computed;
  if (key === "key") return parent.computed;
  return true;
}

function* moduleState(program) {
  for (const node of program.body) {
    const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node;
    if (declaration?.type !== "VariableDeclaration" || declaration.declare) continue;
    if (declaration.kind === "let" || declaration.kind === "var") {
      yield {
        start: declaration.start,
        why: `module-level ${declaration.kind} is shared by every hub of the process: give it an owner`,
      };
    }
    for (const { init } of declaration.declarations) {
      if (init?.type !== "NewExpression" || init.arguments.length > 0) continue;
      if (init.callee.name === "Map" || init.callee.name === "Set") {
        yield {
          start: init.start,
          why: `an empty module-level ${init.callee.name} is state that every hub shares: give it an owner`,
        };
      }
    }
  }
}
