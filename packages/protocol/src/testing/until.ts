/**
 * Waits in real time for something to be so: for tests of real threads, processes and servers.
 * Without it they sleep, too long on a fast machine and too short on a slow one.
 */

/** Resolves when the check is true, looking every 5 ms. Rejects at the deadline with the reason, and what the check last said or threw. */
export async function until(why: string, check: () => unknown, deadlineMs = 20_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    let last: unknown;
    try {
      last = await check();
      if (last === true) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endMs) {
      const said = last instanceof Error ? String(last) : `${JSON.stringify(last)} ${String(last)}`;
      throw new Error(`not within ${deadlineMs} ms: ${why}; last: ${said}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
