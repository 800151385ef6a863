import { parentPort } from "node:worker_threads";

/** The floor: posts back whatever comes. */
parentPort?.on("message", (message: unknown) => parentPort?.postMessage(message));
