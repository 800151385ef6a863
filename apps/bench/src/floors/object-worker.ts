/*
 * A worker thread that posts back every message, or so many as one asks for.
 * Without it the benchmark could not show what messages between threads cost at least.
 */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", (message: { readonly n: number } | { readonly count: number }) => {
  if ("n" in message) parentPort?.postMessage(message);
  else for (let n = 0; n < message.count; n++) parentPort?.postMessage({ n });
});
