/**
 * Measures what the registry of a node costs: every node keeps a record of every actor of the hub.
 * Without it the limits of full replication in docs/operations.md would be guesses.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "../../packages/cluster/dist/registry/registry.js";
import { decode, encode, NodeMessage, StrictChecks } from "../../packages/protocol/dist/index.js";

const [authors, partSize] = [100, 500];

/** A record as a node publishes it, of an actor with a name as users give. */
function record(author, index) {
  return {
    spec: { id: `cart-${author}-${index}`, actor: "cart", args: undefined, restart: "permanent" },
    place: `node-${author}@${author}aaaaaaaaaaaa/${index % 4}.1`,
    epoch: 1,
    mode: "active",
    life: { name: `node-${author}@${author}aaaaaaaaaaaa#${index}`, restarts: 0, bornAtMs: 1_800_000_000_000 + index },
    state: "running",
  };
}

/** All that an author has, in parts, as they travel. */
function snapshot(author, count) {
  const parts = [];
  for (let from = 0; from < count; from += partSize) {
    const records = Array.from({ length: Math.min(partSize, count - from) }, (_, i) => record(author, from + i));
    const part = { author: `node-${author}`, incarnation: `${author}aaaaaaaaaaaa`, number: count, clock: 2 };
    parts.push(
      encode({ type: "snapshot", part: { ...part, part: parts.length, last: from + partSize >= count, records, ended: [] } }),
    );
  }
  return parts;
}

/** What the records of so many actors take: bytes on their way to a newcomer, bytes of its memory, and seconds of its main thread. */
export function measureRegistry(actors) {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const registry = new Registry({
    checks: new StrictChecks(),
    clock: { now: () => 0, wallMs: () => 0 },
    self: "self",
    incarnation: "1",
    publish: () => {},
    changed: () => {},
    relocated: () => {},
    raiseEpochAbove: () => {},
    watched: () => false,
  });
  const heap = () => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  let [bytes, seconds] = [0, 0];
  const before = heap();
  for (let author = 0; author < authors; author++) {
    const parts = snapshot(author, actors / authors);
    const fromMs = performance.now();
    for (const part of parts) {
      bytes += part.byteLength;
      registry.receivePart(`node-${author}`, NodeMessage.parse(decode(part)).part);
    }
    seconds += (performance.now() - fromMs) / 1_000;
  }
  const memory = heap() - before;
  if (registry.size !== actors) throw new Error(`${registry.size} records of ${actors} actors`);
  return { bytes, memory, seconds };
}
