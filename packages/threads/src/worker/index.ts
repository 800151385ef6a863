export { importDefinitions } from "./definitions.js";
export { importJob, type JobAnswer, runJob } from "./run-job.js";
export { Runner, type RunnerPorts } from "./runner.js";
export { type DataMessage, serveThread, type ThreadTask } from "./serve.js";
