/*
 * The rows of the benchmark for people.
 * Without it the ratio of a figure to its floor would have to be computed by whoever reads it.
 */
import type { Figure, Measured, Row } from "./row.js";

const figure = (value: number): string => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString("en"));

/** The lines of one row: what it measures, then one for each contender. */
export function rowText({ name, what, floor }: Row, { unit, figures }: Measured): string {
  const head = `${name}: ${what}; ${unit}${floor === undefined ? "" : `\n  floor: ${floor}`}`;
  return [head, ...figures.map(figureText)].join("\n");
}

function figureText({ name, role, median, min, max, cpuUs, ofFloor, cpuOfFloor, note }: Figure): string {
  const rate = `${figure(median).padStart(11)}  ${`(${figure(min)} to ${figure(max)})`.padEnd(26)}`;
  const cpu = cpuUs === undefined ? "" : `  ${cpuUs.toFixed(2)} us CPU`;
  const floor =
    ofFloor === undefined || role === "floor"
      ? ""
      : `  ${ofFloor.toFixed(2)} of the floor, ${(cpuOfFloor ?? Number.NaN).toFixed(2)} by CPU`;
  return `  ${(role === "subject" ? name : `${name} (${role})`).padEnd(36)} ${rate}${cpu}${floor}${note === undefined ? "" : `  ${note}`}`;
}
