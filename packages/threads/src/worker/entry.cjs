// What piscina loads in each thread. Plain JavaScript, so that it can teach Node to read TypeScript before anything else is imported;
// CommonJS that imports only when it runs, so that whatever fails to load fails the task, and says why (piscina loads this file by
// `require`, swallows what that throws, and a thread that fails to load wedges its pool).
module.exports = async function run(task) {
  if (task.boot.actors.some(({ module }) => /\.[mc]?tsx?$/.test(module)) && !process.features.typescript) {
    const { register } = await import("tsx/esm/api").catch((cause) => {
      throw new Error("an actor's module is TypeScript: use Node 22.18 or newer, build it to JavaScript, or install tsx", {
        cause,
      });
    });
    register();
  }
  const { serveThread } = await import("./serve.js");
  await serveThread(task);
};
