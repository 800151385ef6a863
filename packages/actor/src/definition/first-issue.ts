import type { SchemaIssue } from "./schema.js";

/**
 * The first thing a schema found wrong, as `path: message`.
 * Without it the errors of inputs, replies and states would each say it in their own way.
 */
export function firstIssue(error: { readonly issues: readonly SchemaIssue[] }): string {
  const issue = error.issues[0];
  return issue === undefined ? "is wrong" : issueText(issue);
}

/** One thing a schema found wrong, in the same words. */
export function issueText({ path = [], message }: SchemaIssue): string {
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
