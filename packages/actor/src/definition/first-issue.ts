import type { z } from "zod";

/**
 * The first thing zod found wrong, as `path: message`.
 * Without it the errors of inputs, replies and states would each say it in their own way.
 */
export function firstIssue(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? "is wrong" : issueText(issue);
}

/** One thing zod found wrong, in the same words. */
export function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
}
