/*
 * Waits for a condition, with a limit.
 * Without it a run that cannot end would hang without saying why.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves once `check` holds; throws an error that names `what` when it does not within `withinMs`. */
export async function until(what: string, check: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > giveUpAtMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(10);
  }
}
