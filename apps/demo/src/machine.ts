/*
 * Starts a node of the demo in another process.
 * Without it `--processes` would need a shell for each process.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { MachineAnswer, MachineOrder } from "./join.js";
import type { Machine } from "./nodes.js";
import type { NodeTotals } from "./totals.js";

/** Starts the demo again in another process, as one more node at the NATS server; resolves when it has joined. */
export async function startMachine(nats: string, threads: number, node: string): Promise<Machine> {
  const args = ["--join", "--nats", nats, "--threads", String(threads), "--name", node];
  const child = fork(fileURLToPath(new URL("main.js", import.meta.url)), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the process of ${node} ended with exit code ${String(code)}`);
  });
  ended.catch(() => undefined);
  const answer = async (): Promise<NodeTotals> => {
    const [{ totals }] = (await Promise.race([once(child, "message"), ended])) as [MachineAnswer];
    return totals;
  };
  const ask = (order: MachineOrder): Promise<NodeTotals> => {
    const answered = answer();
    // One that has ended rejects the answer.
    child.send(order, () => undefined);
    return answered;
  };
  await answer();
  return {
    totals: () => ask("totals"),
    leave: async () => {
      const last = await ask("leave");
      await ended.catch(() => undefined);
      return last;
    },
  };
}
