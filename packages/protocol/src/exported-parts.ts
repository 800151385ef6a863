/**
 * What a module exports, as an ES module and as CommonJS: its named exports; those of its default, which is all of a CommonJS module; and
 * those of that one's default, which compilers make of `export default`.
 * Without it what a program can import by its name would not be found in a module that was compiled to CommonJS.
 */
export function exportedParts(namespace: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const parts = [namespace];
  let inner: unknown = namespace.default;
  while (parts.length < 3 && typeof inner === "object" && inner !== null) {
    const part = inner as Readonly<Record<string, unknown>>;
    parts.push(part);
    inner = part.default;
  }
  return parts;
}
