/*
 * Measures round trips to another thread: asks between actors, against a raw ring, bare `postMessage`, and other libraries.
 * Without it a change that makes asks slower would go unnoticed.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import { type Endpoint, wrap } from "comlink";
import { Piscina } from "piscina";
import { createHub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { RingAsks } from "../floors/ring-asks.js";
import { interleaved, withInFlight } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const inFlight = 1_000;

/** Echo to another thread with 1,000 in flight over 1,000 actors: one thread each. */
export const askAcross: Row = {
  name: "ask-across",
  what: "ask, other thread, 1,000 in flight over 1,000 actors",
  floor: "a ring in shared memory, batches of 256 objects by msgpackr, numbered",
  async measure(quick) {
    await using hub = await createHub({ id: "bench-asks", threads: 1, actors: [Echo] });
    const refs = await startEchoes(hub, inFlight);
    const task = new URL("../floors/echo-task.js", import.meta.url).href;
    const pool = new Piscina({ filename: task, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: inFlight });
    const ring = new RingAsks();
    const objects = new Worker(new URL("../floors/object-worker.js", import.meta.url));
    const { port1, port2 } = new MessageChannel();
    const linked = new Worker(new URL("../floors/comlink-worker.js", import.meta.url), {
      workerData: { port: port2 },
      transferList: [port2],
    });
    const echo = wrap<(input: { readonly n: number }) => number>(port1 as unknown as Endpoint);
    const asked = (ask: (n: number) => Promise<unknown>) => (count: number) =>
      withInFlight(count, inFlight, async (n) => verify(await ask(n), n));
    try {
      const figures = await interleaved(
        [
          { name: "process-hub ask", role: "subject", run: asked(async (n) => refs[n % inFlight]?.ask("echo", { n })) },
          { name: "raw ring", role: "floor", run: asked((n) => ring.ask(n)) },
          { name: "postMessage, one each", role: "floor", run: (count) => postMessages(objects, count) },
          { name: "piscina.run, 1,000 per worker", role: "peer", run: asked((n) => pool.run({ n })) },
          { name: "comlink", role: "peer", run: asked(async (n) => echo({ n })) },
        ],
        quick ? 20_000 : 60_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    } finally {
      await Promise.all([pool.destroy(), ring.close(), objects.terminate(), linked.terminate()]);
    }
  },
};

/** Round trips of one object per message, 1,000 in flight, each matched by its number. */
function postMessages(worker: Worker, count: number): Promise<void> {
  return new Promise((resolve) => {
    let sent = 0;
    let answered = 0;
    const post = (): void => worker.postMessage({ n: sent++ });
    const listen = ({ n }: { readonly n: number }): void => {
      verify(n, answered++);
      if (sent < count) post();
      if (answered < count) return;
      worker.off("message", listen);
      resolve();
    };
    worker.on("message", listen);
    for (let i = 0; i < Math.min(inFlight, count); i++) post();
  });
}
