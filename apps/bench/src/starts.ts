/*
 * Measures how many actors a node starts in a second.
 * Without it a change that makes starts slower would go unnoticed.
 */
import { child, createHub } from "process-hub";
import { Echo } from "./echo.actor.js";

/** Starts per second of a batch of actors on one node, each verified to be in the registry. */
export async function measureStarts(count: number, threads: number): Promise<number> {
  await using hub = await createHub({ id: "bench-starts", threads, actors: [Echo] });
  const children = Array.from({ length: count }, (_, i) => child(Echo, { id: `actor-${i}` }));
  const fromMs = performance.now();
  const result = await hub.startChildren(children);
  const rate = (count / (performance.now() - fromMs)) * 1_000;
  if (result.status !== "ok" || hub.list("local").length !== count)
    throw new Error(`${result.started.length} of ${count} started`);
  return rate;
}
