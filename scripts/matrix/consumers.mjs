/*
 * Small programs as users have them: CommonJS, TypeScript by several ways and versions, tests under fake timers, bundles, schemas of others.
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

/** The same program in JavaScript, as a test that a runner's own words begin. */
const actor = { "counter.actor.js": `${imports}export const Counter = ${counter("import.meta.url")}` };
const tested = (head, { fake, real, equal }) => `${head}
import { createHub } from "process-hub";
import { Counter } from "./counter.actor.js";

test("counts while time stands still", async () => {
  ${fake};
  const hub = await createHub({ id: "shop", threads: 1, actors: [Counter] });
  const counter = await hub.start(Counter, { id: "c-1" });
  ${equal('await counter.ask("add", { by: 2 })')};
  await hub.close();
  ${real};
});
`;
const expectTwo = (value) => `expect(${value}).toBe(2)`;

const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, module: "nodenext", target: "es2022", outDir: "out" };
/** All that strictness can ask for, of the libraries' own types too. */
const checked = (version, files = { "counter.actor.ts": typescript.files["counter.actor.ts"] }) => ({
  files: {
    ...files,
    "main.ts": main("./counter.actor.js"),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...compilerOptions, skipLibCheck: false, types: ["node"] },
      files: ["main.ts"],
    }),
  },
  packages: ["process-hub", "zod", "@types/node@20", `typescript@${version}`],
  run: "tsc && node out/main.js",
  expects: /^2\n$/,
});

/** The counter by schemas of another library: `object`, `int` as that writes them. */
const bySchemas = (head, { state, input, int }) => ({
  "counter.actor.ts": `import { defineActor } from "process-hub/actor";
${head}

export const Counter = defineActor({ name: "counter", module: import.meta.url, state: ${state}, init: () => ({ count: 0 }) })
  .on("add", { input: ${input}, output: ${int} }, (state, { by }) => (state.count += by));
`,
});
const mini = { state: "z.object({ count: z.int() })", input: "z.object({ by: z.int() })", int: "z.int()" };
const valibot = { state: "v.object({ count: v.number() })", input: "v.object({ by: v.number() })", int: "v.number()" };
const arktype = { state: 'type({ count: "number" })', input: 'type({ by: "number" })', int: 'type("number")' };

const esbuild = "esbuild --bundle --platform=node --format=esm --log-level=error";
/** What a bundle in ESM needs for the CommonJS that is in it. */
const required = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

function withPackage(consumer, name) {
  return { ...consumer, packages: [...consumer.packages, name] };
}

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
  "TypeScript 5.5, strict, libraries too": checked("5.5"),
  "TypeScript 7, strict, libraries too": checked("7"),
  "schemas of zod/mini": checked("5.5", bySchemas('import * as z from "zod/mini";', mini)),
  "schemas of valibot": withPackage(checked("5.5", bySchemas('import * as v from "valibot";', valibot)), "valibot@1"),
  "schemas of ArkType": withPackage(checked("5.9", bySchemas('import { type } from "arktype";', arktype)), "arktype@2"),
  "node:test with mocked timers": {
    files: {
      ...actor,
      "counter.test.js": tested('import { equal } from "node:assert/strict";\nimport { mock, test } from "node:test";', {
        fake: 'mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"] })',
        real: "mock.timers.reset()",
        equal: (value) => `equal(${value}, 2)`,
      }),
    },
    packages: ["process-hub", "zod"],
    run: "node --test --test-reporter=tap",
    expects: /^# pass 1$/m,
  },
  "vitest with fake timers": {
    files: {
      ...actor,
      "counter.test.js": tested('import { expect, test, vi } from "vitest";', {
        fake: "vi.useFakeTimers()",
        real: "vi.useRealTimers()",
        equal: expectTwo,
      }),
    },
    packages: ["process-hub", "zod", "vitest@4"],
    run: "NO_COLOR=1 vitest run",
    expects: /Tests +1 passed/,
  },
  "jest with fake timers": {
    files: {
      ...actor,
      "counter.test.js": tested('import { expect, jest, test } from "@jest/globals";', {
        fake: "jest.useFakeTimers()",
        real: "jest.useRealTimers()",
        equal: expectTwo,
      }),
      "jest.config.js": `export default { testEnvironment: "node", transform: {} };\n`,
    },
    packages: ["process-hub", "zod", "jest@30", "@jest/globals@30"],
    run: "NODE_OPTIONS=--experimental-vm-modules jest 2>&1",
    expects: /Tests: +1 passed/,
  },
  "Vite SSR with process-hub outside": {
    files: {
      ...actor,
      "main.js": main("./counter.actor.js").replace(": number", ""),
      "vite.config.js": `export default {
  logLevel: "error",
  ssr: { external: ["process-hub"] },
  build: { ssr: true, outDir: "out", rollupOptions: { input: ["main.js", "counter.actor.js"] } },
};
`,
    },
    packages: ["process-hub", "zod", "vite@7"],
    run: "vite build && node out/main.js",
    expects: /^2\n$/,
  },
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
