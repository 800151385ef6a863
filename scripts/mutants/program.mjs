/*
 * Runs a program with a deadline, and gives its exit code and output.
 * Without it a mutant that hangs would hang the whole run.
 */
import { spawn } from "node:child_process";

/** Runs a program to its end, or to its deadline, and gives its exit code ("late" at the deadline) and all that it wrote. */
export function program(file, args, { deadlineMs = 300_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-child.pid, "SIGKILL");
    }, deadlineMs);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: late ? "late" : (code ?? 1), output });
    });
  });
}
