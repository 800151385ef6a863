/*
 * Installs the locked dependencies when the lock file has changed.
 * Without it every run of the bootstrap would install again.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const pnpm = "pnpm@10.34.9";
const inputs = ["pnpm-lock.yaml", "pnpm-workspace.yaml"];

/** Installs the locked dependencies, unless node_modules holds the stamp of an install from the same lock file. */
export async function installWhenChanged(root) {
  const stampFile = join(root, "node_modules", ".bootstrap-stamp");
  const stamp = stampOf(root);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const startedAt = performance.now();
  console.error(`Installing dependencies with ${pnpm} (first run, or the lock file changed)`);
  await install(root);
  writeFileSync(stampFile, stamp);
  console.error(`Installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** The native binaries under node_modules differ by platform, so the platform is part of the stamp. */
function stampOf(root) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of inputs) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function install(root) {
  const args = ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=ndjson"];
  // CI: pnpm replaces a node_modules that another tool made without asking.
  const env = { ...process.env, CI: "true" };
  const child = spawn("npx", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
  const seen = { resolved: 0, found: 0 };
  const problems = [];
  createInterface({ input: child.stdout }).on("line", (line) => readLine(line, seen, problems));
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (!line.startsWith("npm warn")) problems.push(line);
  });
  const stopProgress = showProgress(seen);
  return new Promise((resolve) => {
    child.once("error", (error) => problems.push(`Cannot run npx: ${error.message}`) && end(1));
    child.once("close", end);
    function end(code) {
      stopProgress();
      if (code === 0) return resolve();
      for (const line of problems) console.error(line);
      console.error(`The install failed (exit ${code}). It needs the npm registry, or a mirror set in your npm configuration.`);
      process.exit(1);
    }
  });
}

/** pnpm's reporter writes one JSON object a line; what else comes is kept for the case of a failure. */
function readLine(line, seen, problems) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    problems.push(line);
    return;
  }
  if (event.name === "pnpm:progress" && event.status === "resolved") seen.resolved += 1;
  if (event.name === "pnpm:progress" && (event.status === "fetched" || event.status === "found_in_store")) seen.found += 1;
  if (event.level === "error") problems.push(event.err?.message ?? event.message ?? line);
}

function showProgress(seen) {
  const startedAt = performance.now();
  const live = process.stderr.isTTY;
  const tick = setInterval(
    () => {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const text = `  ${seen.found} of ${seen.resolved} packages, ${seconds} s`;
      process.stderr.write(live ? `\r${text}\x1b[K` : `${text}\n`);
    },
    live ? 200 : 5_000,
  );
  return () => {
    clearInterval(tick);
    if (live) process.stderr.write("\r\x1b[K");
  };
}
