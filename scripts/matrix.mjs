/**
 * Uses process-hub as its users do: packs every public package, installs the tarballs in fresh folders, without this workspace, and runs small
 * programs on several versions of Node. `pnpm matrix [--nodes 20.19,22,24,26] [--rows jest,zod/mini]`. Exits 1 when one does not do what it should. Without it a
 * package could work here and fail for its users.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { consumers } from "./matrix/consumers.mjs";
import { firstActor } from "./matrix/first-actor.mjs";

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "20.19,22,24,26" }, rows: { type: "string", default: "" } },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "process-hub-matrix-"));
const npm = (args, cwd) =>
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, stdio: ["ignore", "ignore", "inherit"] });

/** The tarballs of the public packages, by name. */
function packed() {
  const tarballs = {};
  for (const folder of readdirSync(join(root, "packages"))) {
    const home = join(root, "packages", folder);
    const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    if (manifest.private) continue;
    const to = join(work, "tarballs", folder);
    mkdirSync(to, { recursive: true });
    // Not npm: it would leave "workspace:^" in the packed manifest.
    execFileSync("npx", ["-y", "pnpm@10.34.9", "pack", "--pack-destination", to], {
      cwd: home,
      stdio: ["ignore", "ignore", "inherit"],
    });
    tarballs[manifest.name] = `file:${join(to, readdirSync(to)[0])}`;
  }
  return tarballs;
}

/** A fresh folder with these files, in which `packages` are installed: those of process-hub from their tarballs, whoever asks for them. */
function project(name, { type = "module", files, packages }, tarballs) {
  const home = join(work, name);
  mkdirSync(home, { recursive: true });
  const dependencies = Object.fromEntries(
    packages.map((one) => [one.replace(/(.)@.*$/, "$1"), tarballs[one] ?? (one.replace(/^.+@/, "") || "latest")]),
  );
  const manifest = { name: "consumer", private: true, type, dependencies: { ...tarballs, ...dependencies } };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(home, file), text);
  npm(["install"], home);
  return home;
}

/** Runs a command of a consumer with a version of Node. Undefined when it does what it should, else what was wrong. */
function wrong(home, { run, expects }, node) {
  const command = ["-y", "-p", `node@${node}`, "-c", run];
  const { status, stdout, stderr } = spawnSync("npx", command, { cwd: home, encoding: "utf8", timeout: 180_000 });
  return expects.test(stdout) ? undefined : `exit code ${status}, stdout ${stdout.trim()}, stderr ${stderr.trim().slice(-800)}`;
}

let failed = 0;
let tried = 0;
try {
  const tarballs = packed();
  const nodes = values.nodes.split(",");
  const parts = values.rows.split(",");
  const rows = Object.entries({ "the first actor of the docs": firstActor(root), ...consumers });
  for (const [name, consumer] of rows.filter(([row]) => parts.some((part) => row.includes(part)))) {
    const home = project(name.replaceAll(/\W/g, "-"), consumer, tarballs);
    for (const node of nodes.filter((one) => Number.parseFloat(one) >= (consumer.from ?? 0))) {
      const problem = wrong(home, consumer, node);
      tried++;
      if (problem !== undefined) failed++;
      console.log(
        `${problem === undefined ? "ok    " : "FAILED"} Node ${node}: ${name}${problem === undefined ? "" : `: ${problem}`}`,
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${tried - failed} of ${tried} do what they should`);
process.exitCode = failed === 0 ? 0 : 1;
