// Teaches Node to read TypeScript when one of the modules is TypeScript and Node cannot: resolves with what takes it back.
module.exports = async function readTypeScript(modules) {
  if (process.features.typescript || !modules.some((module) => /\.[mc]?tsx?$/.test(module))) return () => {};
  const { register } = await import("tsx/esm/api").catch((cause) => {
    throw new Error("a module is TypeScript: use Node 22.18 or newer, build it to JavaScript, or install tsx", { cause });
  });
  return register();
};
