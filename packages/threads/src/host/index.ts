export { StrategyThread, type StrategyThreadOptions } from "./strategy-thread.js";
export { WorkerThreads, type WorkerThreadsOptions } from "./worker-threads.js";
