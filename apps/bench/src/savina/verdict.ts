/*
 * Judges a run: how it ended, what was lost, and whether its result is exact.
 * Without it a program that loses a message, or never ends, would look like a slow one.
 */
import { setTimeout as pause } from "node:timers/promises";
import { inspect, isDeepStrictEqual } from "node:util";
import type { SizeName } from "./program.js";

/** The outcome of one run. */
export interface Row {
  readonly program: string;
  readonly threads: number;
  readonly size: SizeName;
  /** Messages handled, asks included; what the program asked to learn its result as well. */
  readonly messages: number;
  readonly ms: number;
  /** The result is deeply equal to the expected one, nothing was lost, and the hub found nothing wrong with itself. */
  readonly exact: boolean;
  /** Messages that became dead letters. */
  readonly lost: number;
  /** Why it is not exact. */
  readonly why?: string;
}

/** How a run ended: with a result, or why with none. */
export type End = { readonly result: unknown } | { readonly failed: string };

/** How a run ended, what its result must be, and what the hub has to say: why messages were lost, which invariants were broken. */
export interface Evidence extends Omit<Row, "exact" | "why"> {
  readonly end: End;
  readonly expected: unknown;
  readonly complaints: readonly string[];
}

/** The end of a run, which is its failure when it takes longer than the deadline. Never rejects. */
export async function endOf(run: Promise<unknown>, deadlineMs: number): Promise<End> {
  const late = pause(deadlineMs, { failed: `no result within ${deadlineMs} ms` }, { ref: false });
  const ended = run.then(
    (result) => ({ result }),
    (error: unknown) => ({ failed: error instanceof Error ? `${error.name}: ${error.message}` : inspect(error) }),
  );
  return Promise.race([ended, late]);
}

/** The row of a run. */
export function judged({ end, expected, complaints, ...row }: Evidence): Row {
  const why = "failed" in end ? end.failed : difference(end.result, expected);
  const all = [...(why === undefined ? [] : [why]), ...complaints];
  return { ...row, exact: all.length === 0 && row.lost === 0, ...(all.length === 0 ? {} : { why: all.join("; ") }) };
}

/** Undefined when the two are deeply equal. */
function difference(result: unknown, expected: unknown): string | undefined {
  if (isDeepStrictEqual(result, expected)) return undefined;
  const short = (value: unknown): string => inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 8 });
  return `expected ${short(expected)}, got ${short(result)}`;
}
