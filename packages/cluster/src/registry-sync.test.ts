import type { NodeMessage, NodeName, RegistryRecord } from "@process-hub/protocol";
import { pubSub } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Registry } from "./registry.js";
import { RegistrySync } from "./registry-sync.js";

class Node {
  readonly name: NodeName;
  readonly registry: Registry;
  readonly sync: RegistrySync;
  /** What was sent and has not been delivered. */
  readonly out: { readonly to: NodeName; readonly message: NodeMessage }[] = [];
  peers: NodeName[] = [];

  constructor(name: NodeName) {
    this.name = name;
    this.registry = new Registry({
      self: name,
      incarnation: name,
      publish: (batch) => this.sync.publish(batch),
      changed: () => {},
      relocated: () => {},
      watched: () => false,
    });
    this.sync = new RegistrySync({
      self: name,
      incarnation: name,
      registry: this.registry,
      strategy: pubSub(),
      peers: () => this.peers,
      send: (to, message) => this.out.push({ to, message }),
    });
  }

  put(...ids: string[]): void {
    this.registry.publish(ids.map((id) => ({ op: "put", record: this.#record(id) })));
  }

  receive(from: NodeName, message: NodeMessage): void {
    if (message.type === "changes") this.sync.receiveChanges(from, message.batch);
    else if (message.type === "snapshot") this.sync.receivePart(from, message.part);
    else if (message.type === "digest") this.sync.receiveDigest(from, message);
    else if (message.type === "repair") this.sync.snapshot(from);
  }

  #record(id: string): RegistryRecord {
    const spec = { id, actor: "counter", args: undefined, restart: "permanent" as const };
    return { spec, place: `${this.name}@1/0.0`, epoch: 1, mode: "active", bornAtMs: 1, state: "running" };
  }
}

/** Delivers all that waits, and what that brings about. Returns how many messages of each kind went. */
function deliver(nodes: readonly Node[]): Record<string, number> {
  const went: Record<string, number> = {};
  for (let from = nodes.find(({ out }) => out.length > 0); from !== undefined; from = nodes.find(({ out }) => out.length > 0)) {
    const { to, message } = from.out.shift() as Node["out"][number];
    went[message.type] = (went[message.type] ?? 0) + 1;
    nodes.find(({ name }) => name === to)?.receive(from.name, message);
  }
  return went;
}

function pair(): [Node, Node] {
  const [a, b] = [new Node("a"), new Node("b")];
  a.peers = ["b"];
  b.peers = ["a"];
  return [a, b];
}

const card = (node: NodeName, joinedAtMs = 0) => ({ node, incarnation: node, places: [], joinedAtMs, draining: false });
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`);

describe("registry synchronisation", () => {
  test("spreads each change once to each peer, large ones in parts", () => {
    const [a, b] = pair();
    a.put(...names(1_201));
    expect(deliver([a, b])).toEqual({ changes: 3 });
    expect([b.registry.size, b.registry.number("a")]).toEqual([1_201, 1_201]);
  });

  test("gives a newcomer all of it, in parts, and then says that it is complete", async () => {
    const [a, b] = pair();
    a.peers = [];
    a.put(...names(1_201));
    a.peers = ["b"];
    let complete = false;
    void b.sync.complete().then(() => {
      complete = true;
    });
    a.sync.joined(card("b"));
    await Promise.resolve();
    expect(complete).toBe(false);
    expect(deliver([a, b])).toEqual({ snapshot: 3 });
    await Promise.resolve();
    expect([b.registry.size, complete]).toEqual([1_201, true]);
  });

  test("a node that leaves is not waited for", async () => {
    const [, b] = pair();
    const complete = b.sync.complete();
    b.peers = [];
    b.sync.left("a");
    await complete;
  });

  test("repairs a gap once, however many changes come after it", () => {
    const [a, b] = pair();
    a.put("lost");
    a.out.splice(0);
    for (const id of names(20)) a.put(id);
    expect(deliver([a, b])).toEqual({ changes: 20, repair: 1, snapshot: 1 });
    expect([b.registry.size, b.registry.number("a")]).toEqual([21, 21]);
  });

  test("a digest brings a repair to who is behind, and nothing to who is not", () => {
    const [a, b] = pair();
    a.put("lost");
    a.out.splice(0);
    a.sync.sendDigests();
    expect(deliver([a, b])).toEqual({ digest: 1, repair: 1, snapshot: 1 });
    a.sync.sendDigests();
    expect(deliver([a, b])).toEqual({ digest: 1 });
    expect(b.registry.size).toBe(1);
  });

  test("a snapshot whose first part was lost is asked for again", () => {
    const [a, b] = pair();
    a.peers = [];
    a.put(...names(1_201));
    a.peers = ["b"];
    a.sync.joined(card("b"));
    a.out.splice(0, 1);
    deliver([a, b]);
    expect(b.registry.size).toBe(1_201);
  });

  test("no one speaks for another", () => {
    const [a, b] = pair();
    a.put("x");
    const { message } = a.out[0] as Node["out"][number];
    b.receive("mallory", message);
    b.receive("mallory", { type: "digest", author: "a", incarnation: "a", number: 9 });
    b.receive("mallory", {
      type: "snapshot",
      part: { author: "a", incarnation: "a", number: 9, clock: 1, part: 0, last: true, records: [] },
    });
    expect([b.registry.size, b.out]).toEqual([0, []]);
  });

  test("a node that was away hears what ended since it came to life, in parts; a newcomer does not need to", () => {
    const [a, b] = pair();
    const c = new Node("c");
    const ends = names(1_201).map((id, i) => ({ op: "drop" as const, id, epoch: 1, ended: true, atMs: i }));
    a.registry.publish(ends);
    a.out.splice(0);
    b.put("x1200");
    b.out.splice(0);
    a.sync.joined(card("b", 600));
    expect(deliver([a, b])).toEqual({ snapshot: 2 });
    const own = b.registry.own("x1200");
    expect(own && b.registry.isOver(own)).toBe(true);
    a.sync.joined(card("c", 1_201));
    expect(deliver([a, c])).toEqual({ snapshot: 1 });
    expect(c.registry.birth("x1200", 5)).toBe(5);
  });

  test("a snapshot carries the epochs that are used up, those of ended actors included", () => {
    const [a, b] = pair();
    a.registry.publish([{ op: "drop", id: "x", epoch: 40, ended: true }]);
    a.out.splice(0);
    a.sync.joined(card("b"));
    deliver([a, b]);
    expect(b.registry.freshEpoch).toBeGreaterThan(40);
  });
});
