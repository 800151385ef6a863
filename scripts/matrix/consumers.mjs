/*
 * Small programs as users have them: CommonJS, TypeScript by three ways, a test under fake timers, a bundle.
 * Without it nobody would know which of them work.
 */
const counter = (module) => `defineActor({
  name: "counter",
  module: ${module},
  state: z.object({ count: z.int() }),
  init: () => ({ count: 0 }),
}).on("add", { input: z.object({ by: z.int() }), output: z.int() }, (state, { by }) => (state.count += by));
`;
const imports = `import { defineActor } from "process-hub/actor";\nimport { z } from "zod";\n`;
const main = (file) => `import { createHub } from "process-hub";
import { Counter } from "${file}";

const hub = await createHub({ id: "shop", threads: 1, actors: [Counter] });
const counter = await hub.start(Counter, { id: "c-1" });
const sum: number = await counter.ask("add", { by: 2 });
console.log(sum);
await hub.close();
`;
const typescript = {
  files: {
    "counter.actor.ts": `${imports}export const Counter = ${counter("import.meta.url")}`,
    "main.ts": main("./counter.actor.ts"),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        ...{
          strict: true,
          module: "nodenext",
          target: "es2022",
          outDir: "out",
          rewriteRelativeImportExtensions: true,
          types: ["node"],
        },
      },
      files: ["main.ts"],
    }),
  },
  packages: ["process-hub", "zod", "@types/node@20", "typescript@6", "tsx@4"],
  expects: /^2\n$/,
};

const esbuild = "esbuild --bundle --platform=node --format=esm --log-level=error";
/** What a bundle in ESM needs for the CommonJS that is in it. */
const required = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/** What each consists of, how it runs, and what it prints; `from`: the oldest Node that it runs on. */
export const consumers = {
  CommonJS: {
    type: "commonjs",
    files: {
      "counter.actor.js": `const { defineActor } = require("process-hub/actor");
const { pathToFileURL } = require("node:url");
const { z } = require("zod");
exports.Counter = ${counter("pathToFileURL(__filename).href")}`,
      "main.js": `const { createHub } = require("process-hub");
const { Counter } = require("./counter.actor.js");
(async () => {
  const hub = await createHub({ id: "shop", threads: 1, actors: [Counter] });
  console.log(await (await hub.start(Counter, { id: "c-1" })).ask("add", { by: 2 }));
  await hub.close();
})();
`,
    },
    packages: ["process-hub", "zod"],
    run: "node main.js",
    expects: /^2\n$/,
  },
  "TypeScript by tsx": { ...typescript, run: "tsx main.ts" },
  "TypeScript by Node": { ...typescript, run: "node main.ts", from: 24 },
  "TypeScript built by tsc, strict": { ...typescript, run: "tsc && node out/main.js" },
  "a bundle with process-hub outside": {
    ...typescript,
    packages: [...typescript.packages, "esbuild@0.28"],
    run: `${esbuild} main.ts counter.actor.ts --splitting --outdir=out --external:process-hub --external:zod && node out/main.js`,
  },
  "a bundle with process-hub inside says so": {
    ...typescript,
    packages: [...typescript.packages, "esbuild@0.28"],
    run: `${esbuild} main.ts --outfile=out.mjs --banner:js='${required}' && node out.mjs 2>&1 || true`,
    expects: /process-hub was bundled/,
  },
};
