/**
 * A value as an error message shows it.
 * Without it an error could fail to be made, since not every value has a JSON form.
 */
export function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  // JSON has no NaN.
  if (typeof value === "number") return String(value);
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}
