// Teaches Node to read TypeScript, when one of the modules needs it and Node cannot. CommonJS, since the entries of threads are.
module.exports = async function readTypeScript(modules) {
  if (process.features.typescript || !modules.some((module) => /\.[mc]?tsx?$/.test(module))) return;
  const { register } = await import("tsx/esm/api").catch((cause) => {
    throw new Error(
      "the module of an actor or strategy is TypeScript: use Node 22.18 or newer, build it to JavaScript, or install tsx",
      { cause },
    );
  });
  register();
};
