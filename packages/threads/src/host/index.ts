export { WorkerThreads, type WorkerThreadsOptions } from "./worker-threads.js";
