/*
 * A worker thread that posts back every message.
 * Without it the benchmark could not show what messages between threads cost at least.
 */
import { parentPort } from "node:worker_threads";

/** The floor of the measurement: posts back every message. */
parentPort?.on("message", (message: unknown) => parentPort?.postMessage(message));
