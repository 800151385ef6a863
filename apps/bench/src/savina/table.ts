/*
 * The rows of the suite for people.
 * Without it a program that lost messages would have to be found in numbers.
 */
import type { Row } from "./verdict.js";

const figure = (value: number): string => Math.round(value).toLocaleString("en");

/** What stands above the rows. */
export const heading = line("program", "threads", "size", "messages", "ms", "us/message", "exact");

/** One row; a second line says why it is not exact. */
export function rowText({ program, threads, size, messages, ms, exact, lost, why }: Row): string {
  const verdict = `${exact ? "yes" : "no"}${lost === 0 ? "" : `, lost ${figure(lost)}`}`;
  const each = ((ms * 1_000) / messages).toFixed(2);
  const row = line(program, String(threads), size, figure(messages), figure(ms), each, verdict);
  return why === undefined ? row : `${row}\n  ${why}`;
}

function line(program: string, threads: string, size: string, messages: string, ms: string, each: string, exact: string): string {
  return [
    program.padEnd(24),
    threads.padStart(7),
    size.padStart(6),
    messages.padStart(11),
    ms.padStart(8),
    each.padStart(11),
    ` ${exact}`,
  ].join(" ");
}
