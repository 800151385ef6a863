/**
 * The times of a cron expression: `ctx.cron`. croner reads the expression and knows the time zones; what it throws becomes a named error here.
 * Without it each actor that works at night would count the milliseconds until then, and be an hour off twice a year.
 */
import { optionError, shown } from "@process-hub/protocol";
import { Cron } from "croner";

/** When a repeated timer fires by the clock on the wall. Plain data: it moves with its timer. */
export interface CronSchedule {
  readonly expression: string;
  /** A name of the IANA time zone database; absent: that of the machine. */
  readonly timeZone?: string | undefined;
  /** The time that it is set for, in ms since the epoch: the next one comes after it, whatever the clock on the wall says then. */
  readonly atMs: number;
}

/** The first time of a schedule after an instant, in ms since the epoch; undefined: there is none. Throws `HubConfigError` for an expression or time zone that is none. */
export function nextTimeMs({ expression, timeZone }: Omit<CronSchedule, "atMs">, afterMs: number): number | undefined {
  const wrong = (path: string, given: unknown, allowed: string): Error =>
    optionError("ctx.cron", { path, given: shown(given), allowed: `takes ${allowed}` });
  if (typeof expression !== "string") throw wrong("expression", expression, 'a cron expression, such as "0 3 * * *"');
  let next: Date | null;
  try {
    new Intl.DateTimeFormat("en", timeZone === undefined ? {} : { timeZone });
  } catch {
    throw wrong("timeZone", timeZone, 'a name of the IANA time zone database, such as "Europe/Vienna"');
  }
  try {
    next = new Cron(expression, timeZone === undefined ? {} : { timezone: timeZone }).nextRun(new Date(afterMs));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong("expression", expression, `a cron expression of five to seven parts, such as "0 3 * * *" (${why})`);
  }
  return next?.getTime();
}
