import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { problemsUnder } from "./arrows/problems.mjs";

const script = fileURLToPath(new URL("check-arrows.mjs", import.meta.url));
const doors = {
  "packages/protocol/package.json": JSON.stringify({ exports: { ".": "./dist/index.js" } }),
  "packages/strategies/package.json": JSON.stringify({ exports: { ".": "./dist/index.js" } }),
  "packages/threads/package.json": JSON.stringify({ exports: { "./host": "", "./mail": "", "./worker": "", "./inline": "" } }),
};

/** Makes a tree of these files, and gives what `read` makes of it. */
function withTree(files, read) {
  const root = mkdtempSync(join(tmpdir(), "arrows-"));
  try {
    for (const [path, text] of Object.entries({ ...doors, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return read(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const check = (files) => withTree(files, (root) => problemsUnder(root).lines);
const exitCode = (files) => withTree(files, (root) => spawnSync(process.execPath, [script, root]).status);

const good = {
  "an allowed package": ["packages/strategies/src/a.ts", `import type { Id } from "@process-hub/protocol";`],
  "an allowed library": ["packages/threads/src/host/pool.ts", `import { Piscina } from "piscina";`],
  "types of zod in actor": ["packages/actor/src/cell/a.ts", `import type { z } from "zod"; import { type ZodType } from "zod";`],
  "vitest in a test": ["packages/actor/src/cell/a.test.ts", `import { test } from "vitest"; import { z } from "zod";`],
  "mail from the host": ["packages/threads/src/host/a.ts", `import { Mail } from "../mail/index.js";`],
  "a room below": ["packages/cluster/src/hub/a.ts", `import { R } from "../registry/registry.js"; import { H } from "./hub.js";`],
  "the definition from a cell": ["packages/actor/src/cell/a.ts", `import { defineActor } from "../definition/definition.js";`],
  "any room from a door": [
    "packages/cluster/src/index.ts",
    `export { R } from "./registry/registry.js"; export { H } from "./hub/hub.js";`,
  ],
  "fixtures and the door from a test": [
    "packages/cluster/src/registry/a.test.ts",
    `import { lab } from "../fixtures/lab.js"; import { Hub } from "../index.js";`,
  ],
  "any room from fixtures": ["packages/cluster/src/fixtures/lab.ts", `import { Hub } from "../hub/hub.js";`],
  "the worker from inline": ["packages/threads/src/inline/a.ts", `import { run } from "../worker/runner.js";`],
  "the rules of mail from the model beside src": [
    "packages/threads/model/a.ts",
    `import { Mail } from "../src/mail/index.js"; import { B } from "./b.js";`,
  ],
  "the address of the worker's entry": ["packages/threads/src/host/a.ts", `new URL("../worker/entry.cjs", import.meta.url);`],
  "a user's module": ["packages/threads/src/worker/a.ts", `export const load = (url: string) => import(url);`],
  "anything from integration": [
    "packages/integration/src/a.test.ts",
    `import "@process-hub/threads/worker"; import "ws"; setTimeout(() => {});`,
  ],
  "built-in modules": ["packages/actor/src/cell/a.ts", `import { EventEmitter } from "node:events"; import "node:fs/promises";`],
  "the real clock": [
    "packages/process-hub/src/real-clock.ts",
    `export const now = () => Date.now(); export const after = setTimeout;`,
  ],
  "a clock that is given": [
    "packages/actor/src/cell/a.ts",
    `export const f = (clock: { setTimeout(f: () => void, ms: number): void; now(): number }) => { clock.setTimeout(() => {}, clock.now()); };`,
  ],
  "the type of a timer": ["packages/actor/src/cell/a.ts", `export type T = ReturnType<typeof setTimeout>;`],
  "queueMicrotask and a date from a number": [
    "packages/actor/src/cell/a.ts",
    `queueMicrotask(() => {}); export const d = (at: number) => new Date(at);`,
  ],
  "let inside a function": ["packages/actor/src/cell/a.ts", `export function f() { let x = 1; x += 1; return new Map(); }`],
  "a constant table": ["packages/actor/src/cell/a.ts", `export const t = new Map([["a", 1]]);`],
  "time in an app": ["apps/demo/src/a.ts", `export const t = Date.now();`],
};

for (const [name, [path, text]] of Object.entries(good)) {
  test(`allows ${name}`, () => assert.deepEqual(check({ [path]: text }), []));
}

const protocol = "packages/protocol/src/a.ts";
const bad = {
  "an arrow up": [protocol, `import { x } from "@process-hub/strategies";`],
  "a type import up": [protocol, `import type { X } from "@process-hub/strategies";`],
  "an import type expression": [protocol, `export type X = import("@process-hub/strategies").X;`],
  "a re-export": [protocol, `export { x } from "@process-hub/strategies";`],
  "an export star": [protocol, `export * from "@process-hub/strategies";`],
  "a dynamic import": [protocol, `export const x = () => import("@process-hub/strategies");`],
  "a require": [protocol, `require("@process-hub/strategies");`],
  "an import equals": [protocol, `import x = require("@process-hub/strategies");`],
  "an augmentation": [protocol, `export {}; declare module "@process-hub/strategies" { interface X {} }`],
  "a triple-slash reference": [protocol, `/// <reference types="@process-hub/strategies" />`],
  "a deep import": ["packages/strategies/src/a.ts", `import { x } from "@process-hub/protocol/dist/codec.js";`],
  "a relative path into another package": ["packages/strategies/src/a.ts", `import { x } from "../../protocol/src/codec.js";`],
  "a URL into another package": ["packages/strategies/src/a.ts", `new URL("../../protocol/src/codec.js", import.meta.url);`],
  "this package by name": ["packages/protocol/src/a.test.ts", `import { x } from "@process-hub/protocol";`],
  "a room above": ["packages/cluster/src/registry/a.ts", `import type { Hub } from "../hub/hub.js";`],
  "a room above, from a test": ["packages/cluster/src/registry/a.test.ts", `import { Hub } from "../hub/hub.js";`],
  "a cell from the definition": ["packages/actor/src/definition/a.ts", `import type { Cell } from "../cell/cell.js";`],
  "fixtures from a source": ["packages/cluster/src/hub/a.ts", `import { lab } from "../fixtures/lab.js";`],
  "the door from within": ["packages/cluster/src/hub/a.ts", `import { Hub } from "../index.js";`],
  "a file outside the rooms": ["packages/cluster/src/a.ts", `export const x = 1;`],
  "a folder that is no room": ["packages/cluster/src/misc/a.ts", `export const x = 1;`],
  "the worker from the host": ["packages/threads/src/host/a.ts", `import type { Runner } from "../worker/runner.js";`],
  "the host from the worker": ["packages/threads/src/worker/a.js", `import "../host/pool.js";`],
  "the host from mail": ["packages/threads/src/mail/a.ts", `import "../host/pool.js";`],
  "inline from the worker": ["packages/threads/src/worker/a.ts", `import "../inline/index.js";`],
  "the host from inline": ["packages/threads/src/inline/a.ts", `import "../host/index.js";`],
  "the host from the model": ["packages/threads/model/a.ts", `import "../src/host/index.js";`],
  "the model from the sources": ["packages/threads/src/mail/a.ts", `import "../../model/a.js";`],
  "another package from the model": ["packages/threads/model/a.ts", `import "../../cluster/src/index.js";`],
  "the worker door from the cluster": ["packages/cluster/src/hub/a.ts", `import "@process-hub/threads/worker";`],
  "a library of another package": ["packages/cluster/src/hub/a.ts", `import { pack } from "msgpackr";`],
  "an unknown library": ["packages/cluster/src/hub/a.test.ts", `import _ from "lodash/fp";`],
  "piscina beside the host": ["packages/threads/src/worker/a.ts", `import { Piscina } from "piscina";`],
  "a library in mail": ["packages/threads/src/mail/a.ts", `import { z } from "zod";`],
  "integration from a package": ["packages/process-hub/src/a.ts", `import "@process-hub/integration";`],
  "a package without a rule": ["packages/extra/src/a.ts", `export const x = 1;`],
  "a file that does not parse": [protocol, `export const = 1;`],
  "Date.now": [protocol, `export const t = () => Date.now();`],
  "globalThis.Date.now": [protocol, `export const t = () => globalThis.Date.now();`],
  "new Date()": [protocol, `export const t = () => new Date();`],
  setTimeout: [protocol, `export const f = () => setTimeout(() => {}, 1);`],
  "setImmediate as a value": [protocol, `export const clock = { setImmediate };`],
  "globalThis.setInterval": [protocol, `export const f = () => globalThis.setInterval(() => {}, 1);`],
  "node:timers": [protocol, `import { setTimeout as sleep } from "node:timers/promises";`],
  "performance.now": [protocol, `import { performance as p } from "node:perf_hooks"; export const t = () => p.now();`],
  "Math.random": [protocol, `export const f = () => Math["random"]();`],
  "a random taken out of Math": [protocol, `export const f = () => { const { random } = Math; return random(); };`],
  randomUUID: [protocol, `import { randomUUID } from "node:crypto";`],
  "crypto.randomUUID": [protocol, `export const id = () => crypto.randomUUID();`],
  "a namespace of node:crypto": [protocol, `import * as c from "node:crypto"; export const id = () => c.randomBytes(4);`],
  "process.hrtime": [protocol, `export const t = () => process.hrtime.bigint();`],
  "AbortSignal.timeout": [protocol, `export const s = () => AbortSignal.timeout(5);`],
  "a module-level let": [protocol, `let n = 0; export const f = () => (n += 1);`],
  "an exported var": [protocol, `export var n = 0;`],
  "a module-level cache": [protocol, `const cache = new Map<string, number>(); export const f = () => cache;`],
  "time in the thread's entry": ["packages/threads/src/worker/entry.cjs", `exports.t = Date.now();`],
};

/** What is wrong with a file as a whole is said of its first line. */
const whole = new Set(["a package without a rule", "a file outside the rooms", "a folder that is no room"]);

for (const [name, [path, text]] of Object.entries(bad)) {
  test(`refuses ${name}`, () => {
    const lines = check({ [path]: `// one line above\n${text}\n` });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0].startsWith(`${path}:`), lines[0]);
    if (!whole.has(name)) assert.ok(lines[0].startsWith(`${path}:2  `), lines[0]);
  });
}

test("the script exits by what it found", () => {
  assert.equal(exitCode({ [protocol]: "export const x = 1;" }), 0);
  assert.equal(exitCode({ [protocol]: "export let x = 1;" }), 1);
});
