const { parentPort } = require("node:worker_threads");
const readTypeScript = require("./read-typescript.cjs");

// What piscina loads in the thread of a strategy; see entry.cjs for why it looks like this. What serves comes as a URL: this package knows no strategies.
module.exports = async function run({ server, origin, port }) {
  await readTypeScript([origin.module]);
  const { tellStrayErrors } = await import("./stray-errors.js");
  tellStrayErrors(process, (stray) => parentPort.postMessage({ stray }));
  const { serve } = await import(server);
  await serve(origin, port);
};
