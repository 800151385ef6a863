import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 30 }, (_, i) => `p-${i}`);
const timings = { askTimeoutMs: 2_000 };

/** After a heal: equal registries, and of each actor one life that all nodes reach, when the two that met have settled who goes. */
async function whole(machines: Machines): Promise<void> {
  await machines.together();
  await machines.agree(ids.length);
  const add = async (name: string, id: string): Promise<number> =>
    Number(await machines.on(name).ask("player", id, "add", { by: 1 }));
  const [first = "", ...others] = machines.names;
  for (const id of ids) {
    await until(`${id} counts for all nodes at one place`, async () => {
      const counts = [await add(first, id)];
      for (const name of others) counts.push(await add(name, id));
      return counts.every((count, i) => count === (counts[0] ?? 0) + i) || counts;
    });
  }
}

/** A side of a cut serves every actor. */
async function serves(machines: Machines, side: readonly string[], by: number): Promise<void> {
  for (const id of ids)
    await until(
      `${side} serves ${id}`,
      async () => Number(await machines.on(side[0] ?? "").ask("player", id, "add", { by })) > 0,
    );
}

describeNats("cuts between processes, under divergence", () => {
  test("two against two: both sides serve all; healed, one life of each is left, and the others' states are told", async () => {
    await using machines = await Machines.start(4, { timings });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    const sides = [
      ["n0", "n1"],
      ["n2", "n3"],
    ];
    machines.cut(sides);
    await Promise.all(sides.map((side) => machines.together(...side)));
    await Promise.all(sides.map((side, i) => serves(machines, side, 10 ** (i + 3))));
    machines.heal();
    await whole(machines);
    // A duplicate is told of when it has ended, which may be after others serve.
    await until("all are told", async () => {
      const conflicts = await Promise.all(machines.names.map((name) => machines.on(name).events("conflict")));
      const told = new Set(conflicts.flat().map(({ text }) => (JSON.parse(text) as { id: string }).id));
      return [...told].sort().join() === [...ids].sort().join() || [...told];
    });
  });

  test("one way: a node that hears nobody, and is heard by all, is given up when nothing reaches it, and comes back", async () => {
    await using machines = await Machines.start(3, { timings: { ...timings, deliveryMs: 3_000 } });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    machines.cut([["n0"], ["n1", "n2"]], { oneWay: true });
    await until("n0 is alone", async () => (await machines.on("n0").nodes()).join() === "n0");
    await serves(machines, ["n1"], 1);
    machines.heal();
    await whole(machines);
  });

  test("a pulled cable: what is under way settles, the node is given up and comes back", async () => {
    await using machines = await Machines.start(3, { timings });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    await machines.on("n2").load(ids, 5);
    await until("the load runs", async () => (await machines.on("n2").loaded()).settled > 50);
    machines.sever("n2");
    await machines.together("n0", "n1");
    await until("n2 is alone", async () => (await machines.on("n2").nodes()).join() === "n2");
    await serves(machines, ["n0"], 1);
    const { asked, settled } = await machines.on("n2").unload();
    expect(settled).toBe(asked);
    machines.heal();
    await whole(machines);
  });
});
