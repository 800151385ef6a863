import type { Thread, Threads } from "@process-hub/protocol";

const closeMs = 1_000;

/** Threads of which `close` ends those alone that were made through it: two coordinators of one hub can share what makes threads. */
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
