// What piscina loads in each thread: plain JavaScript, so that it can teach Node to read TypeScript before anything else is imported.
import { serveThread } from "./serve.js";

/** @param {import("./serve.js").ThreadTask} task */
export default async function run(task) {
  if (task.boot.actors.some(({ module }) => /\.[mc]?tsx?$/.test(module)) && !process.features.typescript) {
    const { register } = await import("tsx/esm/api").catch((cause) => {
      throw new Error("an actor's module is TypeScript: use Node 22.18 or newer, build it to JavaScript, or install tsx", {
        cause,
      });
    });
    register();
  }
  await serveThread(task);
}
