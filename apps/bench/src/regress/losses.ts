/*
 * Compares what rows are of their floors with what they were.
 * Without it each program that compares would have an idea of its own of what a loss is.
 */
import type { Figure } from "../row.js";

/** What is left of a ratio, at least, that is no loss: a noisy machine takes some of it at times. */
const kept = 0.75;

/** By row and figure: the floor's processor time for one operation, over that of the figure. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A figure that has lost. */
export interface Loss {
  readonly row: string;
  readonly name: string;
  readonly was: number;
  readonly is: number;
}

/** The ratios of one row's own figures, by their names. */
export function ratiosOf(figures: readonly Figure[]): Record<string, number> {
  const own = figures.filter(({ role }) => role === "subject");
  return Object.fromEntries(own.flatMap(({ name, cpuOfFloor }) => (cpuOfFloor === undefined ? [] : [[name, cpuOfFloor]])));
}

/** The least of each ratio over several measurements of the same rows: what a noisy machine still reaches. */
export function leastOf(all: readonly Ratios[]): Ratios {
  const [first = {}] = all;
  const least = (row: string, name: string): number => Math.min(...all.map((ratios) => ratios[row]?.[name] ?? 0));
  return Object.fromEntries(
    Object.entries(first).map(([row, ratios]) => [
      row,
      Object.fromEntries(Object.keys(ratios).map((name) => [name, least(row, name)])),
    ]),
  );
}

/** The figures that have lost more than a quarter, of the rows that were measured. One that was not measured at all has lost all. */
export function losses(wanted: Ratios, measured: Ratios): Loss[] {
  return Object.entries(measured).flatMap(([row, ratios]) =>
    Object.entries(wanted[row] ?? {}).flatMap(([name, was]) => {
      const is = ratios[name] ?? 0;
      return is < was * kept ? [{ row, name, was, is }] : [];
    }),
  );
}
