/*
 * Measures round trips: asks between actors, against piscina and bare `postMessage`.
 * Without it a change that makes asks slower would go unnoticed.
 */
import { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { child, createHub } from "process-hub";
import { Echo } from "./echo.actor.js";
import { interleaved, type Rates, withInFlight } from "./rounds.js";

const inFlight = 1_000;

/** Echo to another thread with 1,000 in flight: asks to actors, `piscina.run`, and bare `postMessage` as the floor. One thread each. */
export async function measureAsks(count: number, rounds: number): Promise<Rates[]> {
  const hub = await createHub({ id: "bench-asks", threads: 1, actors: [Echo] });
  await hub.startChildren(Array.from({ length: inFlight }, (_, i) => child(Echo, { id: `echo-${i}` })));
  const refs = Array.from({ length: inFlight }, (_, i) => hub.ref(Echo, `echo-${i}`));
  const task = new URL("./echo-task.js", import.meta.url).href;
  const pool = new Piscina({ filename: task, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: inFlight });
  const poolPlain = new Piscina({ filename: task, minThreads: 1, maxThreads: 1 });
  const floor = new Worker(new URL("./floor-worker.js", import.meta.url));
  try {
    return await interleaved(
      [
        {
          name: "process-hub ask",
          run: (n) =>
            withInFlight(n, inFlight, async (i) => {
              verify(await refs[i % inFlight]?.ask("echo", { n: i }), i);
            }),
        },
        { name: "piscina.run", run: (n) => withInFlight(n, inFlight, async (i) => verify(await poolPlain.run({ n: i }), i)) },
        {
          name: "piscina.run, 1,000 per worker",
          run: (n) => withInFlight(n, inFlight, async (i) => verify(await pool.run({ n: i }), i)),
        },
        { name: "postMessage (floor)", run: (n) => postMessages(floor, n) },
      ],
      count,
      rounds,
    );
  } finally {
    await Promise.all([hub.close(), pool.destroy(), poolPlain.destroy(), floor.terminate()]);
  }
}

function verify(reply: unknown, n: number): void {
  if (reply !== n) throw new Error(`asked ${n}, was answered ${String(reply)}`);
}

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
