const { parentPort } = require("node:worker_threads");
const readTypeScript = require("./read-typescript.cjs");

// What piscina loads in each thread that runs jobs: CommonJS that imports only when it runs, for the same reasons as `entry.cjs`.
module.exports = async function run(job) {
  const forget = await readTypeScript([job.module]);
  try {
    const { runJob, surviveStrayJobErrors } = await import("./run-job.js");
    // With the first job of this thread, before any code of a job could listen.
    if (process.listenerCount("uncaughtException") === 0)
      surviveStrayJobErrors(process, (stray) => parentPort.postMessage({ stray }));
    return await runJob(job);
  } finally {
    await forget();
  }
};
