/*
 * A thread that counts what comes in batches of objects, checks each, and says how many there were.
 * Without it messages that are told would have no floor.
 */
import { parentPort } from "node:worker_threads";
import { z } from "zod";

const Input = z.object({ n: z.int() });
let handled = 0;

parentPort?.on("message", (batch: readonly { readonly message: string; readonly input: unknown }[] | "handled") => {
  if (batch === "handled") parentPort?.postMessage(handled);
  else for (const { input } of batch) if (Input.safeParse(input).success) handled++;
});
