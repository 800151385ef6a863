/*
 * Measures messages without a reply to another thread, from when they are told until all are handled.
 * Without it a change that makes tells slower would go unnoticed.
 */
import { Worker } from "node:worker_threads";
import { createHub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { interleaved } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const actors = 100;
const batchSize = 256;

/** Tells to 100 actors of another thread, each counted where it is handled. */
export const tellAcross: Row = {
  name: "tell-across",
  what: "tell, other thread, until all are handled",
  floor: "lists of 256 objects by postMessage, each checked by its schema",
  async measure(quick) {
    await using hub = await createHub({ id: "bench-tells", threads: 1, actors: [Echo] });
    const refs = await startEchoes(hub, actors);
    const worker = new Worker(new URL("../floors/batch-worker.js", import.meta.url));
    const handled = async (): Promise<number> => {
      const each = await Promise.all(refs.map((ref) => ref.ask("handled")));
      return each.reduce((sum, one) => sum + one, 0);
    };
    let soFar = 0;
    try {
      const figures = await interleaved(
        [
          {
            name: "process-hub tell",
            role: "subject",
            run: async (count) => {
              const before = await handled();
              for (let n = 0; n < count; n++) if (refs[n % actors]?.tell("echo", { n }) === false) await hub.ready();
              verify((await handled()) - before, count);
            },
          },
          {
            name: "postMessage, lists of 256",
            role: "floor",
            run: async (count) => {
              for (let from = 0; from < count; from += batchSize) {
                const size = Math.min(batchSize, count - from);
                worker.postMessage(Array.from({ length: size }, (_, i) => ({ message: "echo", input: { n: from + i } })));
              }
              soFar += count;
              verify(await counted(worker), soFar);
            },
          },
        ],
        quick ? 60_000 : 200_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    } finally {
      await worker.terminate();
    }
  },
};

function counted(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.postMessage("handled");
  });
}
