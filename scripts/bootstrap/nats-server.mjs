/*
 * Finds or installs the nats-server that tests and the demo need.
 * Without it they would fail late, with the error of a missing program.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const hint =
  "install it (apt-get install nats-server, or a release from github.com/nats-io/nats-server) and put it on the PATH, or name it by NATS_SERVER_BIN";

/**
 * Makes sure that there is a nats-server: NATS_SERVER_BIN, or the PATH, or Debian's own package when this is root on Debian. Without one it
 * says in one line what to do, and ends the process. Tests find the server in the same places.
 */
export function ensureNatsServer({ optOut }) {
  if (optOut && process.env.PROCESS_HUB_WITHOUT_NATS === "1") {
    console.error("PROCESS_HUB_WITHOUT_NATS=1: the tests over NATS are left out.");
    return;
  }
  const given = process.env.NATS_SERVER_BIN;
  if (given !== undefined) return runs(given) ? undefined : fail(`NATS_SERVER_BIN is ${given}, which does not run`, optOut);
  if (runs("nats-server") || runs("/usr/sbin/nats-server")) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.error("Installing nats-server with apt-get (once)");
    // RUNLEVEL: the package would otherwise start a server of its own, on all interfaces.
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", "nats-server"]]) {
      const { status, stderr } = spawnSync("apt-get", ["-qq", ...args], { env, encoding: "utf8" });
      if (status !== 0) console.error(stderr.trim());
    }
    if (runs("nats-server") || runs("/usr/sbin/nats-server")) return;
  }
  fail("there is no nats-server", optOut);
}

function runs(file) {
  return spawnSync(file, ["--version"]).status === 0;
}

function fail(what, optOut) {
  const leave = optOut ? ", or leave the tests over NATS out with PROCESS_HUB_WITHOUT_NATS=1" : "";
  console.error(`${what}: ${hint}${leave}.`);
  process.exit(1);
}
