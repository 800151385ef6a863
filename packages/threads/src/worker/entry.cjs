const readTypeScript = require("./read-typescript.cjs");

// What piscina loads in each thread. Plain JavaScript, so that it can teach Node to read TypeScript before anything else is imported;
// CommonJS that imports only when it runs, so that whatever fails to load fails the task, and says why (piscina loads this file by
// `require`, swallows what that throws, and a thread that fails to load wedges its pool).
module.exports = async function run(task) {
  await readTypeScript(task.boot.actors.map(({ module }) => module));
  const { serveThread } = await import("./serve.js");
  await serveThread(task);
};
