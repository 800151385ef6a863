/*
 * Lists every module that a file names, in every form that imports have.
 * Without it an import in a rare form would pass the checks.
 */
import { walk } from "./source-file.mjs";

/**
 * Every module a file names, as `{ specifier, start, kind, typeOnly }`: static and dynamic imports, re-exports,
 * `import("x")` types, `import x = require("x")`, require and import.meta.resolve calls, module augmentations,
 * triple-slash references, and (kind "url") `new URL("./x", import.meta.url)`.
 * A specifier that is computed has the value undefined.
 */
export function importsOf({ program, comments }) {
  const found = [];
  const add = (kind, node, typeOnly) =>
    found.push({ kind, specifier: typeof node?.value === "string" ? node.value : undefined, start: node?.start ?? 0, typeOnly });
  walk(program, (node) => {
    switch (node.type) {
      case "ImportDeclaration":
        return add("import", node.source, isTypeOnly(node.importKind, node.specifiers, "importKind"));
      case "ExportNamedDeclaration":
        if (node.source) add("import", node.source, isTypeOnly(node.exportKind, node.specifiers, "exportKind"));
        return;
      case "ExportAllDeclaration":
        return add("import", node.source, node.exportKind === "type");
      case "ImportExpression":
        return add("import", node.source, false);
      case "TSImportType":
        return add("import", node.source ?? node.argument?.literal ?? node.argument, true);
      case "TSExternalModuleReference":
        return add("import", node.expression, false);
      case "TSModuleDeclaration":
        if (node.id.type === "Literal") add("import", node.id, true);
        return;
      case "CallExpression":
        if (isRequire(node.callee)) add("import", node.arguments[0], false);
        return;
      case "NewExpression":
        if (isUrlBesideThisFile(node)) add("url", node.arguments[0], false);
        return;
    }
  });
  for (const comment of comments) {
    const reference = /^\/\s*<reference\s+(?:types|path)\s*=\s*["']([^"']+)["']/.exec(comment.value);
    if (reference) found.push({ kind: "import", specifier: reference[1], start: comment.start, typeOnly: true });
  }
  return found;
}

function isTypeOnly(kind, specifiers, key) {
  return kind === "type" || (specifiers.length > 0 && specifiers.every((specifier) => specifier[key] === "type"));
}

function isRequire(callee) {
  if (callee.type === "Identifier") return callee.name === "require";
  if (callee.type !== "MemberExpression" || callee.property.name !== "resolve") return false;
  return callee.object.type === "MetaProperty" || callee.object.name === "require";
}

function isUrlBesideThisFile({ callee, arguments: [path, base] }) {
  if (callee.name !== "URL" || typeof path?.value !== "string") return false;
  return base?.type === "MemberExpression" && base.object.type === "MetaProperty" && base.property.name === "url";
}
