import {
  type ChangeBatch,
  type RegistryChange,
  type RegistryRecord,
  type ReplicaRecord,
  StrictChecks,
  sliceSize,
  type Tombstone,
} from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { life } from "../fixtures/stage.js";
import { Registry } from "./registry.js";

function record(id: string, node: string, epoch: number, more: Partial<RegistryRecord> = {}): RegistryRecord {
  const spec = { id, actor: "counter", args: undefined, restart: "permanent" as const };
  return { spec, place: `${node}@1/0.0`, epoch, mode: "active", life: life(id), state: "running", ...more };
}

const put = (one: RegistryRecord): RegistryChange => ({ op: "put", record: one });
const drop = (id: string, epoch: number, ended = true): RegistryChange => ({ op: "drop", id, epoch, ended });

test("which of its own actors are away, and how many run, follows each change", () => {
  const a = new Node("a");
  const state = (): [string[], number] => [a.registry.ownAway, a.registry.ownRunning];
  a.registry.publish([put(record("x", "a", 1)), put(record("y", "a", 1)), put(record("z", "a", 1))]);
  a.registry.publish([put(record("x", "a", 2, { state: "down" })), put(record("y", "b", 2, { state: "moved" }))]);
  expect(state()).toEqual([["x", "y"], 1]);
  a.registry.publish([put(record("x", "a", 3))]);
  expect(state()).toEqual([["y"], 2]);
  a.registry.publish([drop("y", 2, false), drop("z", 1)]);
  expect(state()).toEqual([[], 1]);
  a.registry.publish([put(record("x", "a", 4, { state: "down" }))]);
  expect(state()).toEqual([["x"], 0]);
  // Another node has recorded its end: this one drops its record by itself.
  a.hear("b", 1, drop("x", 4));
  expect(state()).toEqual([[], 0]);
});

class Node {
  readonly clock = new VirtualClock();
  readonly batches: ChangeBatch[] = [];
  readonly seen: string[] = [];
  /** Places of nodes that are no members. */
  readonly gone = new Set<string>();
  readonly registry: Registry;

  constructor(self: string, watched = true) {
    this.registry = new Registry({
      clock: this.clock,
      checks: new StrictChecks(),
      deliveryMs: 1_000,
      self,
      incarnation: "1",
      isMember: (place) => !this.gone.has(place),
      publish: (batch) => this.batches.push(batch),
      changed: (id, before, after) => {
        if (before === undefined && after !== undefined) this.seen.push(`+${id}`);
        if (before !== undefined && after === undefined) this.seen.push(`-${id}`);
      },
      relocated: () => {},
      raiseEpochAbove: ({ spec }, by) => this.seen.push(`${spec.id} above ${by}`),
      watched: () => watched,
      forgotten: () => this.seen.push("all forgotten"),
    });
  }

  hear(author: string, first: number, ...changes: RegistryChange[]): boolean {
    return this.registry.receive({ author, incarnation: "1", first, changes });
  }

  /** An author tells all, in one part. */
  hearAll(
    author: string,
    incarnation: string,
    number: number,
    clock: number,
    records: RegistryRecord[],
    ended: Tombstone[] = [],
    replicaRecords: ReplicaRecord[] = [],
  ): void {
    const unsaid = this.registry.idsBy(author, incarnation);
    for (const { spec } of records) unsaid.delete(spec.id);
    this.registry.receivePart(author, { incarnation, number, clock, records, ended, replicaRecords });
    this.registry.hasSaid(author, { incarnation, number }, unsaid, new Set(replicaRecords.map(({ id }) => id)));
  }
}

const ids = ({ registry }: Node): string[] => [...registry.entries()].map(({ id }) => id).sort();

describe("a registry", () => {
  test("numbers what its own node says, and applies it", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "a", 1)), put(record("y", "a", 1))]);
    a.registry.publish([drop("x", 1)]);
    expect(a.batches.map(({ first, changes }) => [first, changes.length])).toEqual([
      [1, 2],
      [3, 1],
    ]);
    expect([ids(a), a.seen]).toEqual([["y"], ["+x", "+y", "-x"]]);
  });

  test("says above which epoch of a duplicate it gave up an actor must go, each time it hears of one, until they are above it", () => {
    const a = new Node("a", false);
    const young = (node: string, epoch: number, more: Partial<RegistryRecord> = {}) =>
      record("x", node, epoch, { life: life("x2"), ...more });
    a.registry.publish([put(young("a", 1001))]);
    a.hear("b", 1, put(record("x", "b", 1)));
    // Where the young duplicate came from: its way is no other duplicate.
    a.hear("c", 1, put(young("a", 1001, { state: "moved" })));
    a.registry.publish([drop("x", 1001, false)]);
    a.hear("b", 2, put(record("x", "c", 2, { state: "moved" })));
    a.hear("c", 2, put(record("x", "c", 2)));
    expect(a.seen.splice(0)).toEqual(["x above 1001", "x above 1001", "x above 1001"]);
    a.hear("c", 3, put(record("x", "c", 2001)));
    a.hear("c", 4, put(record("x", "c", 2002)));
    expect(a.seen).toEqual([]);
  });

  test("gives up nothing when an actor has moved on, or ended", () => {
    const a = new Node("a", false);
    a.registry.publish([put(record("x", "b", 2, { state: "moved" })), put(record("y", "a", 5, { life: life("y2") }))]);
    a.hear("b", 1, put(record("x", "b", 2)));
    a.registry.publish([drop("x", 1, false), drop("y", 5)]);
    a.hear("b", 2, put(record("y", "b", 1)));
    expect(a.seen).toEqual([]);
  });

  test("has nothing to say of dropping what it never said, but the end of an actor", () => {
    const a = new Node("a");
    a.registry.publish([drop("x", 1, false)]);
    expect(a.batches).toEqual([]);
    a.registry.publish([drop("x", 1, true)]);
    expect(a.batches.length).toBe(1);
  });

  describe("keeps the last record of an actor that its author takes back", () => {
    /** The old host's record of a move, which it has taken back: that of the new host has not come. */
    const gap = (): Node => {
      const a = new Node("a");
      a.hear("b", 1, put(record("x", "b", 1)), put(record("x", "c", 2, { state: "moved" })), drop("x", 2, false));
      return a;
    };
    const where = ({ registry }: Node): (string | undefined)[] => [registry.current("x")?.place, registry.current("x")?.state];

    test("until another node's comes, and nobody hears of a moment without", () => {
      const a = gap();
      expect(where(a)).toEqual(["c@1/0.0", "moved"]);
      a.hear("c", 1, put(record("x", "c", 2)));
      expect([where(a), a.registry.others("x").length, a.seen]).toEqual([["c@1/0.0", "running"], 1, ["+x"]]);
      a.hear("c", 2, drop("x", 2));
      expect([ids(a), a.seen]).toEqual([[], ["+x", "-x"]]);
    });

    test("until the actor has ended", () => {
      const [a, b] = [gap(), gap()];
      a.hear("c", 1, drop("x", 2));
      b.hear("c", 1, { op: "bury", tombstone: { id: "x", lineage: "x" } });
      expect([ids(a), ids(b)]).toEqual([[], []]);
    });

    test("for as long as a link may take to deliver", async () => {
      const a = gap();
      await a.clock.run(999);
      expect(ids(a)).toEqual(["x"]);
      await a.clock.run(1);
      expect([ids(a), a.seen]).toEqual([[], ["+x", "-x"]]);
    });

    test("and that node's next record of it counts from then on", async () => {
      const a = gap();
      a.hear("b", 4, put(record("x", "b", 3)));
      await a.clock.run(2_000);
      expect(where(a)).toEqual(["b@1/0.0", "running"]);
    });

    test("but not of one that had ended before, nor where another node speaks for it", () => {
      const a = new Node("a");
      a.hear("b", 1, put(record("x", "b", 1)), { op: "bury", tombstone: { id: "x", lineage: "x" } }, drop("x", 1, false));
      a.hear("c", 1, put(record("y", "c", 2)));
      a.hear("b", 4, put(record("y", "c", 2, { state: "moved" })), drop("y", 2, false));
      expect([ids(a), a.registry.others("y").length]).toEqual([["y"], 1]);
    });

    test("nor that of a duplicate which gave way to another, when the end of the other was heard before", () => {
      const a = new Node("a");
      a.hear("b", 1, put(record("x", "b", 4)), drop("x", 4), { op: "bury", tombstone: { id: "x", lineage: "x" } });
      a.hear("c", 1, put(record("x", "c", 3, { life: life("y") })));
      expect(where(a)).toEqual(["c@1/0.0", "running"]);
      a.hear("c", 2, drop("x", 3, false));
      expect(ids(a)).toEqual([]);
    });

    test("nor that of a move to a node that is no member: it is an orphan of those who knew that node", () => {
      const a = new Node("a");
      a.gone.add("c@1/0.0");
      a.hear("b", 1, put(record("x", "c", 2, { state: "moved" })), drop("x", 2, false));
      expect(ids(a)).toEqual([]);
    });

    test("and when the node that it moved to is lost, the actor is an orphan", () => {
      const a = gap();
      a.registry.forget("b");
      expect(a.registry.orphans.has("x")).toBe(false);
      a.registry.movesLost(({ place }) => place === "c@1/0.0");
      expect([a.registry.orphans.get("x")?.epoch, ids(a)]).toEqual([2, []]);
    });

    test("and when others say that the actor waits for the node that it moved to, it is an orphan, and nothing is kept", () => {
      const a = new Node("a");
      const moved = record("x", "c", 2, { state: "moved" });
      a.hear("b", 1, put(moved));
      a.registry.orphans.told(record("x", "c", 1, { state: "moved" }));
      expect(a.registry.orphans.has("x")).toBe(false);
      a.registry.orphans.told(moved);
      a.hear("b", 2, drop("x", 2, false));
      expect([a.registry.orphans.has("x"), ids(a)]).toEqual([true, []]);
    });
  });

  test("takes another's changes once each, in order, and finds gaps", () => {
    const a = new Node("a");
    expect(a.hear("b", 1, put(record("x", "b", 1)), put(record("y", "b", 1)))).toBe(true);
    expect(a.hear("b", 1, put(record("x", "b", 1)), put(record("y", "b", 1)), drop("x", 1))).toBe(true);
    expect(a.hear("b", 1, put(record("x", "b", 1)))).toBe(true);
    expect(a.hear("b", 5, put(record("z", "b", 1)))).toBe(false);
    expect([ids(a), a.registry.number("b")]).toEqual([["y"], 3]);
  });

  test("who says that it runs what has ended is told so by the one that said it, and by the others when that one is gone", () => {
    const end: RegistryChange = { op: "drop", id: "x", epoch: 1, ended: true, lineage: "x" };
    const told: RegistryChange[] = [{ op: "drop", id: "x", epoch: 2, ended: true, lineage: "x" }];
    const [a, b] = [new Node("a"), new Node("b")];
    a.registry.publish([end]);
    b.hear("a", 1, end);
    for (const node of [a, b]) node.hear("c", 1, put(record("x", "c", 2)));
    expect([a.batches.at(-1)?.changes, b.batches]).toEqual([told, []]);
    b.registry.forget("a");
    expect(b.batches.at(-1)?.changes).toEqual(told);
    b.hear("c", 2, put(record("x", "c", 3, { life: life("x2") })));
    expect(b.batches.length).toBe(1);
  });

  test("a snapshot replaces all that its author said, an older one is passed over", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 1)), put(record("y", "b", 1)));
    a.hear("c", 1, put(record("x", "c", 2)));
    a.hearAll("b", "1", 7, 9, [record("z", "b", 3)], [{ id: "y", lineage: "y" }]);
    expect([ids(a), a.registry.number("b")]).toEqual([["x", "z"], 7]);
    expect(a.registry.current("x")?.place).toBe("c@1/0.0");
    a.hearAll("b", "1", 6, 9, []);
    expect(ids(a)).toEqual(["x", "z"]);
    expect(a.registry.freshEpoch).toBeGreaterThanOrEqual(9);
  });

  test("what an author says in a new incarnation has nothing to do with the older one", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 1)));
    a.registry.receive({ author: "b", incarnation: "2", first: 1, changes: [put(record("y", "b", 1))] });
    expect(ids(a)).toEqual(["y"]);
  });

  test("the highest epoch counts, and of equal ones what the host says for itself", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "c", 5, { state: "moved" })));
    expect(a.registry.entry("x")?.replicas[0]).toMatchObject({ node: "c", epoch: 5 });
    a.hear("c", 1, put(record("x", "c", 5)));
    expect(a.registry.current("x")?.state).toBe("running");
    a.hear("b", 2, put(record("x", "b", 9)));
    expect(a.registry.current("x")?.epoch).toBe(9);
  });

  test("an actor that is down has no place to show", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "a", 1, { state: "down" }))]);
    expect([a.registry.entry("x"), a.registry.current("x")?.state]).toEqual([undefined, "down"]);
  });

  test("a handover whose actor ends at once leaves nothing behind, on any node", () => {
    const [source, third] = [new Node("a"), new Node("c")];
    const moved = record("x", "b", 2, { state: "moved" });
    source.registry.publish([put(record("x", "a", 1)), put(moved)]);
    for (const { first, changes } of source.batches.splice(0)) third.hear("a", first, ...changes);
    for (const node of [source, third]) node.hear("b", 1, put(record("x", "b", 2)), drop("x", 2));
    expect([source.registry.size, third.registry.size]).toEqual([0, 0]);
    for (const { first, changes } of source.batches) expect(third.hear("a", first, ...changes)).toBe(true);
    expect([third.registry.size, third.registry.number("a")]).toEqual([0, source.registry.number("a")]);
  });

  test("the end of an earlier life does not touch a later one", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "c", 7, { state: "moved" })));
    a.hear("c", 1, put(record("x", "c", 3)), drop("x", 3));
    expect(a.registry.current("x")?.epoch).toBe(7);
  });
});

describe("the epoch of a fresh start", () => {
  test.each([
    ["dropped", (node: Node) => node.hear("b", 2, drop("x", 5))],
    ["dropped without its epoch", (node: Node) => node.hearAll("b", "1", 9, 0, [])],
    ["gone with its node", (node: Node) => node.registry.forget("b")],
  ])("is above that of an actor %s", (_how, end) => {
    const node = new Node("a");
    node.hear("b", 1, put(record("x", "b", 5)));
    expect(node.registry.freshEpoch).toBeGreaterThanOrEqual(5);
    end(node);
    expect(node.registry.freshEpoch).toBeGreaterThan(5);
  });
});

describe("orphans", () => {
  test("keeps an orphan that it gave way to: another node that knew the dead one further took it for one that was taken over", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 2)), put(record("y", "b", 2)));
    a.registry.publish([put(record("x", "a", 5, { life: life("x2", 1, "x") }))]);
    a.registry.publish([drop("x", 5, false)]);
    a.registry.forget("b");
    a.registry.inherit("b@1", [], []);
    expect([...a.registry.orphans.ids()]).toEqual(["x"]);
  });

  test("what others knew further of a dead node: newer ones count, ended ones are no orphans, what was handed to it stays", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("ended", "b", 1)), put(record("went on", "b", 1)));
    a.hear("c", 1, put(record("handed over", "b", 4, { state: "moved" })));
    a.registry.forget("b");
    a.registry.orphans.addMoved(({ place }) => place.startsWith("b@"));
    const known = record("updated", "b", 5);
    a.hear("b", a.registry.number("b") + 1, put(known));
    a.registry.forget("b");
    a.registry.inherit("b@1", [{ ...known, spec: { ...known.spec, tag: "u" } }], []);
    expect(a.registry.orphans.get("updated")?.spec.tag).toBe("u");
    a.registry.release("updated");
    a.registry.inherit("b@1", [record("went on", "b", 7), record("unheard of", "b", 1)], []);
    const epochs = [...a.registry.orphans.values()].map(({ spec, epoch }) => `${spec.id} ${epoch}`).sort();
    expect(epochs).toEqual(["handed over 4", "unheard of 1", "went on 7"]);
  });

  test("where an actor went is not said any more when it is known to have ended there", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "a", 1))]);
    a.hear("b", 1, put(record("x", "b", 2)), drop("x", 2));
    a.registry.publish([put(record("x", "b", 2, { state: "moved" }))]);
    expect(a.batches.at(-1)?.changes).toEqual([drop("x", 2, false)]);
    expect(ids(a)).toEqual([]);
  });

  test("are what a dead node hosted, until it runs elsewhere or has ended", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 5)), put(record("y", "b", 5)), put(record("z", "b", 5)));
    a.registry.publish([put(record("z", "a", 8))]);
    a.registry.forget("b");
    expect([...a.registry.orphans.ids()]).toEqual(["x", "y"]);
    expect(ids(a)).toEqual(["z"]);
    a.hear("c", 1, put(record("x", "c", 1_005)), drop("y", 5));
    expect(a.registry.orphans.size).toBe(0);
  });

  test("are none when the node was only unheard of and comes back as it was", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 5)));
    a.registry.forget("b");
    a.hearAll("b", "1", 1, 6, [record("x", "b", 5)]);
    expect([a.registry.orphans.size, ids(a)]).toEqual([0, ["x"]]);
  });

  test("are actors handed to a node that died before it spoke for them", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "b", 2, { state: "moved" })), put(record("y", "c", 2, { state: "moved" }))]);
    a.registry.orphans.addMoved(({ place }) => place.startsWith("b@"));
    expect([...a.registry.orphans.ids()]).toEqual(["x"]);
  });
});

describe("a node that is gone, of more actors than one turn takes", () => {
  const many = Array.from({ length: sliceSize * 2 + 1 }, (_, i) => `m${i}`);
  /** A node that has forgotten b, and has taken out the first slice of what that had. */
  function forgetting(watched = true): Node {
    const a = new Node("a", watched);
    a.hear("b", 1, ...many.map((id) => put(record(id, "b", 5))));
    a.seen.length = 0;
    a.registry.forget("b");
    return a;
  }
  const last = `m${sliceSize * 2}`;

  test("is taken out in slices; whoever asks finds orphans from the first turn on, each once", async () => {
    const a = forgetting();
    expect([a.registry.isForgetting, a.seen.length, a.registry.orphans.size]).toEqual([true, sliceSize, sliceSize]);
    expect([a.registry.current(last), a.registry.entry(last), a.registry.others(last)]).toEqual([undefined, undefined, []]);
    expect([a.registry.orphans.has(last), a.registry.orphans.get(last)?.epoch]).toEqual([true, 5]);
    expect([...a.registry.orphans.ids()]).toEqual(many);
    expect(a.registry.orphans.of("b@1").length).toBe(many.length);
    expect([a.registry.freshEpoch, ids(a)]).toEqual([6, []]);
    await a.clock.run(0);
    expect([a.registry.isForgetting, a.registry.orphans.size]).toEqual([false, many.length]);
    expect(a.seen).toEqual([...many.map((id) => `-${id}`), "all forgotten"]);
  });

  test("what changes between two slices is taken out first: started again, ended, told", async () => {
    const a = forgetting();
    a.registry.publish([put(record(last, "a", 9))]);
    a.hear("c", 1, drop("m1996", 5), put(record("m1999", "c", 9)));
    a.registry.orphans.told(record("m1998", "b", 9));
    a.registry.release("m1997");
    expect(a.registry.others(last)).toEqual([]);
    expect(a.seen.slice(sliceSize)).toEqual([`-${last}`, `+${last}`, "-m1996", "-m1999", "+m1999", "-m1997"]);
    await a.clock.run(0);
    expect(ids(a)).toEqual(["m1999", last]);
    const orphans = new Set(a.registry.orphans.ids());
    expect(many.filter((id) => !orphans.has(id))).toEqual(["m1996", "m1997", "m1999", last]);
    expect(a.registry.orphans.get("m1998")?.epoch).toBe(5);
    expect(a.seen.filter((one) => one.startsWith("-"))).toHaveLength(many.length);
  });

  test("a later life of its name publishes beside what is left of the earlier one", async () => {
    const a = forgetting();
    a.hearAll("b", "2", 3, 6, [record(last, "b", 9), record("new", "b", 1)]);
    expect([a.registry.current(last)?.epoch, a.registry.orphans.has(last), a.registry.orphans.has("m1996")]).toEqual([
      9,
      false,
      true,
    ]);
    expect(a.registry.count("b")).toBe(2);
    await a.clock.run(0);
    expect(ids(a)).toEqual([last, "new"]);
    expect([a.registry.orphans.size, a.registry.count("b")]).toEqual([many.length - 1, 2]);
    a.registry.forget("b");
    expect([a.registry.orphans.get(last)?.epoch, a.registry.orphans.size]).toEqual([9, many.length + 1]);
  });

  test("its later life goes as well before the earlier one has been taken out: the last record of each actor counts", async () => {
    const a = forgetting();
    const later = many.slice(-sliceSize - 2);
    a.hearAll(
      "b",
      "2",
      3,
      6,
      later.map((id) => record(id, "b", 9)),
    );
    a.registry.forget("b");
    await a.clock.run(0);
    expect(a.registry.isForgetting).toBe(false);
    const epochs = new Map([...a.registry.orphans.values()].map(({ spec, epoch }) => [spec.id, epoch]));
    expect(many.map((id) => epochs.get(id))).toEqual(many.map((id) => (later.includes(id) ? 9 : 5)));
  });

  test("another node that has taken an actor over before, and one that goes after it", async () => {
    const a = new Node("a");
    a.hear("b", 1, ...many.map((id) => put(record(id, "b", 5))));
    a.hear("c", 1, ...many.slice(-2).map((id) => put(record(id, "c", 7))));
    a.registry.forget("b");
    expect([a.registry.current(last)?.epoch, a.registry.orphans.has(last)]).toEqual([7, false]);
    a.registry.forget("c");
    expect([a.registry.current(last), a.registry.orphans.get(last)?.epoch]).toEqual([undefined, 7]);
    await a.clock.run(0);
    expect(a.registry.orphans.get(last)?.epoch).toBe(7);
    expect(a.registry.orphans.size).toBe(many.length);
  });

  test("what another node knew further of it counts, also before all is taken out", async () => {
    const a = forgetting();
    a.registry.inherit("b@1", [record("m1996", "b", 8)], [{ id: last, lineage: last }]);
    await a.clock.run(0);
    expect([...a.registry.orphans.values()].map(({ spec, epoch }) => `${spec.id} ${epoch}`)).toEqual(["m1996 8"]);
  });

  test("actors on their way to it are orphans as well, under their later epochs", async () => {
    const a = forgetting();
    a.registry.publish([put(record("moving", "b", 6, { state: "moved" }))]);
    a.registry.orphans.addMoved(({ place }) => place.startsWith("b@"));
    expect(a.registry.orphans.get("moving")?.epoch).toBe(6);
    await a.clock.run(0);
    expect(a.registry.orphans.get("moving")?.epoch).toBe(6);
  });
});

describe("what has ended", () => {
  const ended = (id: string, epoch: number): RegistryChange => ({ op: "drop", id, epoch, ended: true, lineage: id });

  test("is over on a node that was away: its own duplicate, and what it holds for an orphan", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "a", 1, { life: life("later", 1, "x") }))]);
    a.hear("b", 1, put(record("y", "b", 1, { life: life("later", 1, "y") })));
    a.registry.forget("b");
    a.hearAll(
      "c",
      "1",
      3,
      9,
      [],
      [
        { id: "x", lineage: "x" },
        { id: "y", lineage: "y" },
      ],
    );
    expect(a.registry.orphans.size).toBe(0);
    expect([a.registry.own("x")].map((own) => own && a.registry.isOver(own))).toEqual([true]);
  });

  test("leaves no orphan behind when a node that came back with it dies", () => {
    const a = new Node("a");
    a.hear("b", 1, ended("x", 7));
    a.hear("c", 1, put(record("x", "c", 1, { life: life("later", 1, "x") })), put(record("y", "c", 1)));
    a.registry.forget("c");
    expect([...a.registry.orphans.ids()]).toEqual(["y"]);
  });

  test("is told by the node that said so, and by the others when that is gone or has begun another life", () => {
    const a = new Node("a");
    a.hear("b", 1, ended("x", 7));
    a.registry.publish([ended("y", 1)]);
    expect(a.registry.endedSince(0).map(({ id }) => id)).toEqual(["y"]);
    a.hearAll("b", "2", 0, 9, []);
    expect(a.registry.endedSince(0).map(({ id }) => id)).toEqual(["x", "y"]);
    expect(a.registry.endedSince(1).map(({ id }) => id)).toEqual(["y"]);
    expect([a.registry.ends, a.registry.ownEnds]).toEqual([2, [{ id: "y", lineage: "y" }]]);
  });

  test("is said again to one who has not heard, since its node died with the word", () => {
    const [a, b] = [new Node("a"), new Node("b")];
    a.hear("c", 1, put(record("x", "c", 1)), ended("x", 1));
    b.hear("c", 1, put(record("x", "c", 1)));
    for (const node of [a, b]) node.registry.forget("c");
    expect([a, b].map(({ registry }) => registry.orphans.size)).toEqual([0, 1]);
    a.registry.repeatEnd(record("x", "c", 1));
    for (const { first, changes } of a.batches) b.hear("a", first, ...changes);
    expect([b.registry.orphans.size, b.registry.isOver(record("x", "c", 1))]).toEqual([0, true]);
  });

  test("is said again by one who hosts the next actor of the id, which stays", () => {
    const [a, late] = [new Node("a"), new Node("d")];
    a.registry.publish([put(record("x", "a", 1)), ended("x", 1), put(record("x", "a", 9, { life: life("x2") }))]);
    late.hearAll("a", "1", 3, 10, a.registry.recordsOf("a"));
    late.registry.publish([put(record("x", "d", 3, { life: life("later", 1, "x") }))]);
    for (const { first, changes } of late.batches) a.hear("d", first, ...changes);
    late.hear("a", 4, ...(a.batches.at(-1)?.changes ?? []));
    const [lives = record("x", "a", 9), over] = [late.registry.others("x")[0]?.record, late.registry.own("x")];
    expect([lives, over].map((one) => one && late.registry.isOver(one))).toEqual([false, true]);
    expect([ids(a), ids(late)]).toEqual([["x"], ["x"]]);
  });

  test("does not touch an actor that started again since, and an end that is none is not remembered", () => {
    const a = new Node("a");
    a.hear("b", 1, ended("x", 7), drop("y", 7));
    expect(a.registry.isOver(record("x", "b", 8, { life: life("x2") }))).toBe(false);
    expect(a.registry.isOver(record("y", "b", 1))).toBe(false);
  });
});

const step = fc.record({
  author: fc.constantFrom("a", "b", "c"),
  id: fc.constantFrom("x", "y", "z"),
  kind: fc.constantFrom("put", "moved", "drop", "taken back"),
});

test("any interleaving of the authors' streams ends in equal registries, repairs included", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.infiniteStream(fc.nat()), (steps, order) => {
      let epoch = 0;
      const authors = new Map(["a", "b", "c"].map((name) => [name, new Node(name, false)]));
      for (const { author, id, kind } of steps) {
        const next = kind === "moved" ? "abc".charAt(("abc".indexOf(author) + 1) % 3) : author;
        const state = kind === "moved" ? "moved" : "running";
        const own = authors.get(author)?.registry.own(id);
        if (kind === "put" || kind === "moved")
          authors.get(author)?.registry.publish([put(record(id, next, ++epoch, { state }))]);
        else if (own !== undefined) authors.get(author)?.registry.publish([drop(id, own.epoch, kind === "drop")]);
      }
      // Each author hears the others; what that makes it take back is part of its stream.
      for (let heard = -1, said = 0; heard !== said; ) {
        heard = said;
        for (const [self, node] of authors)
          for (const [name, other] of authors) if (name !== self) for (const batch of other.batches) node.registry.receive(batch);
        said = [...authors.values()].reduce((sum, { batches }) => sum + batches.length, 0);
      }
      const readers = [new Node("r1", false), new Node("r2", false)];
      for (const reader of readers) {
        const streams = [...authors].map(([name, node]) => ({ name, batches: [...node.batches] }));
        for (let left = streams; left.length > 0; left = left.filter(({ batches }) => batches.length > 0)) {
          const stream = left[(order.next().value ?? 0) % left.length];
          const batch = stream?.batches.shift();
          if (stream === undefined || batch === undefined) continue;
          const heard = (order.next().value ?? 0) % 8 !== 0 && reader.registry.receive(batch);
          if (heard) continue;
          const { registry } = authors.get(stream.name) as Node;
          reader.hearAll(stream.name, "1", registry.number(stream.name), registry.freshEpoch, registry.recordsOf(stream.name));
        }
      }
      const [one, two] = readers.map(({ registry }) =>
        ["a", "b", "c"].map((name) => [registry.number(name), sorted(registry.recordsOf(name))]),
      );
      expect(one).toEqual(two);
    }),
    { numRuns: 300 },
  );
});

function sorted(records: readonly RegistryRecord[]): RegistryRecord[] {
  return [...records].sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1));
}

describe("replicas beside an actor", () => {
  const stand = (node: string, epoch = 1): RegistryChange => ({
    op: "stand",
    replicaRecord: { id: "x", place: `${node}@1/1.0`, epoch, mode: "passive" },
  });
  const shown = ({ registry }: Node): string[] =>
    registry.entry("x")?.replicas.map(({ node, thread, mode }) => `${node}/${thread} ${mode}`) ?? [];

  test("are shown after it, and are nobody's record: what counts for the actor is its host's word alone", () => {
    const a = new Node("a");
    a.hear("b", 1, put(record("x", "b", 1)));
    a.hear("c", 1, stand("c", 9));
    a.registry.publish([stand("a", 9)]);
    expect(shown(a)).toEqual(["b/0 active", "a/1 passive", "c/1 passive"]);
    expect([a.registry.current("x")?.epoch, a.registry.own("x"), a.registry.others("x").length]).toEqual([1, undefined, 1]);
    expect(a.registry.freshEpoch).toBeGreaterThanOrEqual(9);
  });

  test("go when their node says so, when it is gone, and when a whole word of it has them no more", () => {
    const a = new Node("a");
    a.registry.publish([put(record("x", "a", 1))]);
    for (const node of ["b", "c", "d"]) a.hear(node, 1, stand(node));
    a.hear("b", 2, { op: "unstand", id: "x" });
    expect(shown(a)).toEqual(["a/0 active", "c/1 passive", "d/1 passive"]);
    a.registry.forget("c");
    a.hearAll("d", "1", 2, 1, [], []);
    expect(shown(a)).toEqual(["a/0 active"]);
    a.hearAll("d", "1", 3, 1, [], [], [{ id: "x", place: "d@1/1.0", epoch: 1, mode: "passive" }]);
    expect(shown(a)).toEqual(["a/0 active", "d/1 passive"]);
  });

  test("of a dead node are no orphans, and what was never said is not taken back", () => {
    const a = new Node("a");
    a.hear("b", 1, stand("b"));
    a.registry.forget("b");
    expect([a.registry.orphans.size, ids(a)]).toEqual([0, []]);
    a.registry.publish([{ op: "unstand", id: "x" }]);
    expect(a.batches).toEqual([]);
  });
});
