/*
 * Lets several coordinators of one hub share what makes threads, each closing its own threads alone.
 * Without it a rename would end the threads of both coordinators when the old one closes.
 */
import type { Thread, Threads } from "@process-hub/protocol";

const closeMs = 1_000;

/** Wraps `threads` so that `close` ends only the threads that were spawned through the wrapper. */
export function ownThreads(threads: Threads): Threads {
  const own = new Set<Thread>();
  return {
    spawn(boot) {
      const thread = threads.spawn(boot);
      own.add(thread);
      return thread;
    },
    connect: (a, b) => threads.connect(a, b),
    jobs: threads.jobs,
    async close() {
      await Promise.all([...own].map((thread) => thread.stop(closeMs)));
      own.clear();
    },
  };
}
