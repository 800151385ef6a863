/*
 * Runs what the modules of actors do at the end of a process: flush a logger, remove temporary files.
 * Without it none of that would happen: a pool ends its threads by force, which tells them nothing.
 */

/** A process, or a thread's view of it, as far as its end goes. */
interface Ending {
  readonly exitCode?: number | string | null | undefined;
  emit(event: "exit", code: number): boolean;
}

/** Tells the listeners of "exit" that a thread ends as ordered. What one of them throws goes to `tell`, and ends nothing else. */
export function runExitHooks(thread: Ending, tell: (error: unknown) => void): void {
  try {
    thread.emit("exit", Number(thread.exitCode ?? 0));
  } catch (error) {
    tell(error);
  }
}
