const readTypeScript = require("./read-typescript.cjs");

// What piscina loads in each thread that runs jobs: CommonJS that imports only when it runs, for the same reasons as `entry.cjs`.
module.exports = async function run(job) {
  const forget = await readTypeScript([job.module]);
  try {
    const { runJob } = await import("./run-job.js");
    return await runJob(job);
  } finally {
    await forget();
  }
};
