/**
 * Runs the demo, the tests or the benchmarks on a fresh clone that has only Node and npm: installs the locked dependencies when they
 * changed, builds what changed, sees to a nats-server where one is needed, runs, passes signals and the exit code on. Without it trying the
 * project would take pnpm and four commands.
 *
 *   node scripts/bootstrap.mjs demo --flights 100000
 *   node scripts/bootstrap.mjs test [vitest arguments]
 *   node scripts/bootstrap.mjs bench [arguments]
 *   node scripts/bootstrap.mjs bench:regress [--write]
 *   node scripts/bootstrap.mjs savina [arguments]
 *   node scripts/bootstrap.mjs rooms              the examples of apps/, under load
 *   node scripts/bootstrap.mjs sessions
 *   node scripts/bootstrap.mjs setup              install and build only
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installWhenChanged } from "./bootstrap/install.mjs";
import { ensureNatsServer } from "./bootstrap/nats-server.mjs";
import { run } from "./bootstrap/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const commands = {
  setup: undefined,
  demo: ["apps/demo/dist/main.js"],
  bench: ["apps/bench/dist/main.js"],
  "bench:regress": ["apps/bench/dist/regress/main.js"],
  savina: ["apps/bench/dist/savina/main.js"],
  rooms: ["scripts/examples.mjs", "rooms"],
  sessions: ["scripts/examples.mjs", "sessions"],
  test: ["node_modules/vitest/vitest.mjs", "run"],
};

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `process-hub needs Node 20.19 or newer, this is ${process.versions.node}. Install a current release from nodejs.org.`,
  );
  process.exit(1);
}

async function build() {
  const startedAt = performance.now();
  const code = await run(process.execPath, ["node_modules/typescript/bin/tsc", "-b"], { cwd: root });
  if (code !== 0) {
    console.error("The build failed; see above.");
    exitLike(code);
  }
  const tookMs = performance.now() - startedAt;
  if (tookMs > 1_500) console.error(`Built in ${(tookMs / 1000).toFixed(1)} s.`);
}

/** Ends this process as the child ended: with its code, or with 128 + the number of the signal that ended it. */
function exitLike(code) {
  process.exit(typeof code === "string" ? 128 + (constants.signals[code] ?? 0) : code);
}

checkNode();
const [command, ...args] = process.argv.slice(2);
if (!(command in commands)) {
  console.error(
    `Usage: node scripts/bootstrap.mjs ${Object.keys(commands).join("|")} [arguments]; given: ${command ?? "nothing"}`,
  );
  process.exit(2);
}
await installWhenChanged(root);
await build();
if (command === "test" || command === "setup") ensureNatsServer({ optOut: true });
if (command === "rooms" || (command === "demo" && args.some((arg) => arg.startsWith("--machines"))))
  ensureNatsServer({ optOut: false });
const target = commands[command];
if (target) {
  if (!existsSync(join(root, target[0]))) {
    console.error(`${target[0]} does not exist after the build.`);
    process.exit(1);
  }
  exitLike(
    await run(process.execPath, [...target.map((part, i) => (i === 0 ? join(root, part) : part)), ...args], { cwd: root }),
  );
}
