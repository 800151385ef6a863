/*
 * Measures what an actor gives off to the main thread: events, and the items of a stream.
 * Without it a change that makes either slower would go unnoticed.
 */
import { Worker } from "node:worker_threads";
import { createHub, type Hub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { interleaved } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const floor = "objects by postMessage, one each";

async function withEcho<T>(measure: (hub: Hub, worker: Worker) => Promise<T>): Promise<T> {
  await using hub = await createHub({ id: "bench-items", threads: 1, actors: [Echo] });
  await hub.start(Echo, { id: "echo" });
  const worker = new Worker(new URL("../floors/object-worker.js", import.meta.url));
  try {
    return await measure(hub, worker);
  } finally {
    await worker.terminate();
  }
}

/** Has the worker send `count` objects; resolves when all have come. */
function posted(worker: Worker, count: number): Promise<void> {
  return new Promise((resolve) => {
    let came = 0;
    const listen = (): void => {
      if (++came < count) return;
      worker.off("message", listen);
      resolve();
    };
    worker.on("message", listen);
    worker.postMessage({ count });
  });
}

/** Events of one actor, heard by the main thread in batches of 500. */
export const events: Row = {
  name: "events",
  what: "events of one actor of another thread, heard by a function, 500 emitted at a time",
  floor,
  measure: (quick) =>
    withEcho(async (hub, worker) => {
      const ref = hub.ref(Echo, "echo");
      let heard = 0;
      let wanted = Number.POSITIVE_INFINITY;
      let allHeard = (): void => {};
      await using subscription = ref.subscribe("counted", () => {
        if (++heard === wanted) allHeard();
      });
      await subscription.ready;
      const run = async (count: number): Promise<void> => {
        for (let from = 0; from < count; from += 500) {
          const size = Math.min(500, count - from);
          wanted = heard + size;
          const all = new Promise<void>((resolve) => {
            allHeard = resolve;
          });
          await ref.ask("emit", { count: size });
          await all;
        }
      };
      const figures = await interleaved(
        [
          { name: "process-hub event", role: "subject", run },
          { name: "postMessage", role: "floor", run: (count) => posted(worker, count) },
        ],
        quick ? 20_000 : 100_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    }),
};

/** Items of one stream at a time, read by the main thread. */
export const streams: Row = {
  name: "streams",
  what: "items of a stream of another thread, one reader",
  floor,
  measure: (quick) =>
    withEcho(async (hub, worker) => {
      const ref = hub.ref(Echo, "echo");
      const run = async (count: number): Promise<void> => {
        let came = 0;
        for await (const n of ref.stream("numbers", { count })) verify(n, came++);
        verify(came, count);
      };
      const figures = await interleaved(
        [
          { name: "process-hub stream", role: "subject", run },
          { name: "postMessage", role: "floor", run: (count) => posted(worker, count) },
        ],
        quick ? 20_000 : 100_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    }),
};
