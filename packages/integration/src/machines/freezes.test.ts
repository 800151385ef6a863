import { until } from "@process-hub/protocol/testing";
import { checkSafety, epochsOverlap } from "@process-hub/testkit/checkers";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";
import { batchesWhereTheyBegan } from "./soak/batch-in-hand.js";
import { SoakCluster, type SoakMember } from "./soak/soak-cluster.js";

const ids = Array.from({ length: 30 }, (_, i) => `p-${i}`);

describeNats("nodes that stand still", () => {
  test("frozen past its lease, then thawed: it serves nothing before it is a member again, and its late frames change nothing", async () => {
    await using machines = await Machines.start(3);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    const places = await machines.on("n0").places();
    const there = ids.filter((id) => places[id] === "n2");
    expect(there.length).toBeGreaterThan(0);
    // What lies in its mailboxes when it freezes, and what it has to say when it wakes.
    await machines.on("n2").load(ids, 10);
    machines.freeze("n2");
    await machines.together("n0", "n1");
    await machines.agree(ids.length, ["n0", "n1"]);
    await Promise.all(there.map((id) => machines.on("n0").ask("player", id, "add", { by: 1_000_000 })));
    machines.thaw("n2");
    await machines.together();
    await until("it says that it stood still", async () =>
      (await machines.on("n2").events("log")).some(({ text }) => text.includes("did not run for so long")),
    );
    const figures = await machines.on("n2").unload();
    expect(figures.settled).toBe(figures.asked);
    await machines.agree(ids.length);
    // One life of each, that which all nodes name: asked from everywhere it gives one row of counts.
    for (const id of there) {
      const before = Number(await machines.on("n0").ask("player", id, "read"));
      const counted = [];
      for (const name of machines.names) counted.push(await machines.on(name).ask("player", id, "add", { by: 1 }));
      expect(counted).toEqual([before + 1, before + 2, before + 3]);
    }
  });

  test.each([
    ["stopped", (cluster: SoakCluster, node: SoakMember) => cluster.freeze(node)],
    ["suspended, its clock with it", (cluster: SoakCluster, node: SoakMember) => cluster.suspend(node)],
  ])(
    "%s: from the thaw until it has listened to the others its threads wrote nothing down, and then they do",
    async (_, stops) => {
      const cluster = await SoakCluster.start();
      try {
        const [first, , frozen] = [await cluster.join(), await cluster.join(), await cluster.join()];
        const seen = (count: number) => async () => (await first.machine.does.nodes()).length === count;
        await until("all see each other", seen(3));
        await first.machine.does.start(ids);
        await Promise.all(cluster.awake.map(({ machine }) => machine.does.talk(ids, 50)));
        const hosted = async () => (await first.machine.does.dump()).filter(({ replicas }) => replicas[0]?.node === frozen.name);
        await until("it hosts some", async () => (await hosted()).length > 0);
        for (const { id } of await hosted()) await first.machine.does.read(id);
        await stops(cluster, frozen);
        await until("the others have given it up", seen(2));
        await until("and run what it ran", async () => (await first.machine.does.dump()).length === ids.length);
        await cluster.thaw(frozen);
        await until("it is back", seen(3));
        await until("and has its share", async () => (await hosted()).length > 0);
        const said = await Promise.all(cluster.awake.map(({ machine }) => machine.does.hush()));
        for (const { asked, settled } of said) expect(settled).toBe(asked);
        for (const { id } of await hosted()) await first.machine.does.read(id);
        const events = batchesWhereTheyBegan((await cluster.endRound()).events);
        const thawedAtMs = events.find((event) => event.kind === "fault" && event.what === `thaw ${frozen.name}`)?.atMs ?? 0;
        const there = events.filter((event) => event.kind === "handling" && event.place.startsWith(`${frozen.name}@`));
        const after = there.filter(({ atMs }) => atMs > thawedAtMs);
        // A fenced node listens for `suspectAfterMs` at least.
        expect(after.filter(({ atMs }) => atMs < thawedAtMs + 1_000)).toEqual([]);
        expect(after.length).toBeGreaterThan(0);
        expect(there.length).toBeGreaterThan(after.length);
        expect(checkSafety(events, epochsOverlap(events))).toEqual([]);
      } finally {
        await cluster.close(false);
      }
    },
  );

  test("a thread that is blocked three times as long as a silent node lives: its node stays a member", async () => {
    const downAfterMs = 2_000;
    await using machines = await Machines.start(2, { timings: { downAfterMs, stuckAfterMs: 1_000 } });
    await machines.on("n0").start("crate", ["c"]);
    await machines.agree(1);
    const host = (await machines.on("n0").places()).c ?? "";
    const other = host === "n0" ? "n1" : "n0";
    const blocked = machines.on(other).ask("crate", "c", "block", { forMs: 3 * downAfterMs }, 20_000);
    await until("it is reported", async () => (await machines.on(host).events("stuck")).length > 0);
    expect(await machines.on(other).nodes()).toEqual(["n0", "n1"]);
    await blocked;
    for (const name of machines.names) expect(await machines.on(name).events("memberLeft")).toEqual([]);
    expect(await machines.on(other).ask("crate", "c", "weight")).toEqual({ load: 0, taken: 0 });
  });

  test("two that stood still together, as machines on one host that paused, do not think each other dead", async () => {
    await using machines = await Machines.start(2, { timings: { downAfterMs: 3_000, askTimeoutMs: 20_000 } });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    for (const name of machines.names) machines.freeze(name);
    const thawAtMs = performance.now() + 3_500;
    await until("longer than a silent node lives", () => performance.now() > thawAtMs);
    for (const name of machines.names) machines.thaw(name);
    await machines.together();
    for (const name of machines.names) {
      await Promise.all(ids.map((id) => machines.on(name).ask("player", id, "add", { by: 1 })));
      expect(await machines.on(name).events("memberLeft")).toEqual([]);
    }
  });
});
