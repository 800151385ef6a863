/*
 * Runs a program in this process's terminal, with its signals and exit code.
 * Without it Ctrl-C would end the bootstrap and leave the program running.
 */
import { spawn } from "node:child_process";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program with this process's streams and gives its exit code, or the name of the signal that ended it. Signals sent to this process
 * go on to the program, which decides when to end. (Ctrl-C in a terminal reaches both by itself; a second signal would look like an
 * impatient user.)
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", ...options });
    const forward = (signal) => {
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    const done = (settle, value) => {
      for (const signal of forwarded) process.off(signal, forward);
      settle(value);
    };
    child.once("error", (error) => done(reject, error));
    child.once("close", (code, signal) => done(resolve, code ?? signal));
  });
}
