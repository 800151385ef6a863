import { describe, expect, test } from "vitest";
import { asked, boxCluster, fourth, homes, moved, source, target, third } from "./fixtures/box-cluster.js";
import type { MiniCluster } from "./fixtures/mini-cluster.js";

test("a duplicate that was to yield and has left does not end another that was started here since", async () => {
  const cluster = boxCluster();
  await cluster.start("a", source);
  await moved(cluster);
  const runner = cluster.threads.get(source);
  const spec = { id: "a", actor: "box", args: "none", restart: "permanent" as const };
  expect(await runner?.control.start([{ spec, epoch: 1_001, life: { name: "l5", restarts: 0, bornAtMs: 5 } }])).toEqual([]);
  expect(await runner?.control.yieldDuplicate("a", "l0", 100)).toMatchObject({ merges: false, error: { code: "ActorNotFound" } });
  expect(runner?.cells.get("a")?.phase).toBe("running");
  expect(await runner?.control.yieldDuplicate("a", "l5", 100)).toMatchObject({ merges: false, state: expect.anything() });
  expect(runner?.cells.has("a")).toBe(false);
});

test("a start that comes while a duplicate is ending begins when that has ended", async () => {
  const cluster = boxCluster();
  await cluster.start("a", source);
  const runner = cluster.threads.get(source);
  const old = runner?.cells.get("a");
  cluster.mains[0]?.mailer.tell(null, "a", "wait", undefined);
  await cluster.until(() => old?.inHand !== undefined);
  const spec = { id: "a", actor: "box", args: "none", restart: "permanent" as const };
  let failures: readonly unknown[] | undefined;
  void runner?.control.yieldDuplicate("a", "l0", 100);
  void runner?.control
    .start([{ spec, epoch: 1_001, life: { name: "l5", restarts: 0, bornAtMs: 5 } }])
    .then((all) => (failures = all));
  await cluster.until(() => failures !== undefined);
  expect(failures).toEqual([]);
  expect([old?.phase, runner?.cells.get("a")?.epoch]).toEqual(["ended", 1_001]);
});

describe("what waits in a duplicate that yields", () => {
  const spec = { id: "x", actor: "box", args: "none", restart: "permanent" as const };

  /** "x" has work in hand at `target` that does not end, and a message of "a" behind it. */
  async function busy(): Promise<MiniCluster> {
    const cluster = boxCluster();
    await cluster.start("x", target);
    await cluster.start("a", source);
    cluster.mains[0]?.mailer.tell(null, "x", "hang", undefined);
    await tells(cluster, 1);
    return cluster;
  }

  const turnedAway = (cluster: MiniCluster): string[] => cluster.deadLetters.filter((envelope) => envelope.includes('"add"'));

  const waiting = (cluster: MiniCluster): number | undefined => cluster.threads.get(target)?.cells.get("x")?.waiting;

  async function tells(cluster: MiniCluster, behind: number): Promise<void> {
    await asked(cluster, "a", "tell", "x");
    await cluster.until(() => waiting(cluster) === behind);
  }

  /** A duplicate goes on at `third`; the sum of what it has received in the end. */
  async function sumElsewhere(cluster: MiniCluster): Promise<unknown> {
    await cluster.threads.get(third)?.control.start([{ spec, epoch: 1_001, life: { name: "l5", restarts: 0, bornAtMs: 5 } }]);
    for (const main of cluster.mains) main.registry.set("x", { place: third, epoch: 1_001 });
    void cluster.threads.get(target)?.control.yieldDuplicate("x", "l0", 100);
    await cluster.until(() => cluster.noise === "");
    return asked(cluster, "x", "add", 0);
  }

  test("is sent to the other one by senders that stayed where they were", async () => {
    const cluster = await busy();
    await tells(cluster, 2);
    expect(await sumElsewhere(cluster)).toBe(2);
    expect(turnedAway(cluster)).toEqual([]);
  });

  test("is turned away where its sender has left: it has written from elsewhere since", async () => {
    const cluster = await busy();
    expect((await moved(cluster, fourth)).error).toBeUndefined();
    await tells(cluster, 2);
    expect(await sumElsewhere(cluster)).toBe(1);
    expect(turnedAway(cluster)).toEqual([expect.stringMatching(/Partitioned/)]);
  });

  test("is turned away where its sender has left, and is back", async () => {
    const cluster = await busy();
    expect((await moved(cluster, fourth)).error).toBeUndefined();
    await tells(cluster, 2);
    void cluster.threads.get(fourth)?.control.move({ saga: "back", ids: ["a"], to: source, batchSize: 1 });
    expect(await cluster.until(() => homes(cluster)[0] === source)).toBe(true);
    expect(await sumElsewhere(cluster)).toBe(0);
  });

  test("is turned away where later mail went to the other duplicate, though this one has gone on under a later epoch", async () => {
    const cluster = await busy();
    const mailer = cluster.threads.get(source)?.mailer;
    await cluster.threads.get(third)?.control.start([{ spec, epoch: 1_001, life: { name: "l5", restarts: 0, bornAtMs: 5 } }]);
    mailer?.routes.moved("x", 1_001, third);
    await asked(cluster, "a", "tell", "x");
    await cluster.until(() => cluster.threads.get(third)?.cells.get("x")?.waiting === 0 && cluster.total("handled") > 2);
    cluster.threads.get(target)?.mailer.send(target, { type: "renumber", actors: [{ id: "x", epoch: 3_001 }] });
    void cluster.threads.get(target)?.control.yieldDuplicate("x", "l0", 100);
    await cluster.until(() => cluster.noise === "");
    expect(turnedAway(cluster)).toEqual([expect.stringMatching(/Partitioned/)]);
  });
});
