/**
 * Packs every public package as it would be published and checks what a user gets: publint (exports, files, fields) and Are the Types Wrong
 * (do types and code resolve together), for ESM only. Without it a package could work in this workspace and fail for its users.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
// Under `pnpm check` this is pnpm itself; else the pinned one: npm would leave "workspace:^" in the packed manifest.
const pnpm = process.env.npm_execpath?.includes("pnpm")
  ? [process.execPath, process.env.npm_execpath]
  : ["npx", "-y", "pnpm@10.34.9"];
const out = mkdtempSync(join(tmpdir(), "process-hub-shape-"));
let failed = 0;

try {
  for (const folder of readdirSync(join(root, "packages"))) {
    const home = join(root, "packages", folder);
    const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    if (manifest.private) continue;
    execFileSync(pnpm[0], [...pnpm.slice(1), "pack", "--pack-destination", out], {
      cwd: home,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const tarball = join(
      out,
      readdirSync(out).find((name) => name.endsWith(".tgz")),
    );
    const checks = [
      contents(tarball),
      tool("publint", ["run", tarball, "--strict"]),
      tool("attw", [tarball, "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", "package.json"]),
    ];
    const problems = checks.filter(Boolean);
    console.log(`${manifest.name}: ${problems.length === 0 ? "ok" : "not ok"}`);
    for (const problem of problems) console.log(problem);
    failed += problems.length;
    rmSync(tarball);
  }
} finally {
  rmSync(out, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function tool(name, args) {
  const { status, stdout, stderr } = spawnSync(bin(name), args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

/** What a package must hold, and must not. */
function contents(tarball) {
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n").filter(Boolean);
  const stray = files.filter((file) => /\.(test|cases|test-d)\.|\/fixtures\/|tsbuildinfo$|\/src\//.test(file));
  const problems = stray.map((file) => `  must not be published: ${file}`);
  if (!files.includes("package/LICENSE")) problems.push("  has no LICENSE");
  const manifest = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" });
  if (/"(workspace|catalog):/.test(manifest)) problems.push("  the manifest still holds workspace: or catalog: ranges");
  return problems.length === 0 ? undefined : problems.join("\n");
}
