/*
 * A thread that sends back what comes over a ring, in batches of msgpackr.
 * Without it the ring would have nobody to talk to.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { pack, unpack } from "msgpackr";
import { RingReader, RingWriter } from "./ring.js";

const { there, back } = workerData as { readonly there: SharedArrayBuffer; readonly back: SharedArrayBuffer };
const port = parentPort as MessagePort;
const reader = new RingReader(there);
const writer = new RingWriter(back, port);

port.on("message", () => {
  const batches: Uint8Array[] = [];
  reader.read((record) => batches.push(record));
  for (const batch of batches) {
    const asks = unpack(batch) as { readonly id: number; readonly n: number }[];
    writer.write(pack(asks.map(({ id, n }) => ({ id, n }))));
  }
});
