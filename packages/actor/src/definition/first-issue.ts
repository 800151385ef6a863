import type { z } from "zod";

/**
 * The first thing zod found wrong, as `path: message`.
 * Without it the errors of inputs, replies and states would each say it in their own way.
 */
export function firstIssue(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "is wrong";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
