import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machine } from "./machine.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 30 }, (_, i) => `p-${i}`);

/** Another process of a node's name, at the server of a cluster. */
const open = (machines: Machines, node: string, timings = {}): Promise<Machine> =>
  Machine.open({ hub: "machines", node, servers: machines.url, timings });

/** One life of each actor: asked by each of these nodes, it counts on. */
async function countOn(askers: readonly Machine["does"][]): Promise<void> {
  for (const id of ids) {
    const before = Number(await askers[0]?.ask("player", id, "read"));
    for (const [i, asker] of askers.entries()) expect(await asker.ask("player", id, "add", { by: 1 })).toBe(before + i + 1);
  }
}

describeNats("two processes of one name", () => {
  test("while the first is alive the second is refused, and nobody notices", async () => {
    await using machines = await Machines.start(2);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    for (const name of machines.names) await machines.on(name).load(ids, 5);
    for (let n = 0; n < 3; n++)
      await expect(open(machines, "n1", { discoveryMs: 15_000 })).rejects.toMatchObject({
        code: "HubConfigError",
        message: expect.stringMatching(/names are unique/),
      });
    for (const name of machines.names) {
      const { asked, settled, failed } = await machines.on(name).unload();
      expect([settled, failed]).toEqual([asked, {}]);
      for (const event of ["memberLeft", "replaced"] as const) expect(await machines.on(name).events(event)).toEqual([]);
    }
    await countOn(machines.names.map((name) => machines.on(name)));
  });

  test.each([
    ["before the others miss it", false],
    ["when its actors run elsewhere", true],
  ])("while the first stands still the second is the node, %s; the first says so when it wakes, and ends", async (_, missed) => {
    await using machines = await Machines.start(3);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    for (const name of machines.names) await machines.on(name).load(ids, 5);
    const first = machines.on("n2");
    machines.freeze("n2");
    if (missed) await machines.together("n0", "n1");
    const second = await open(machines, "n2");
    try {
      const others = [machines.on("n0"), machines.on("n1")];
      for (const one of [...others, second.does])
        await until("the second is a member", async () => (await one.nodes()).join() === "n0,n1,n2");
      machines.thaw("n2");
      await until("the first knows", async () => (await first.events("replaced")).length > 0);
      expect(await first.isAlive()).toBe(false);
      await first.unload().then(({ asked, settled }) => expect(settled).toBe(asked));
      expect(await machines.stop("n2")).toBe(0);
      for (const one of others) await one.unload().then(({ asked, settled }) => expect(settled).toBe(asked));
      await until("all know the same actors", async () => {
        const known = await Promise.all([...others, second.does].map((one) => one.registry()));
        return (new Set(known).size === 1 && known[0]?.split("\n").length === ids.length) || known.map(({ length }) => length);
      });
      await countOn([...others, second.does]);
      expect(await second.does.events("replaced")).toEqual([]);
    } finally {
      await second.kill();
    }
  });
});
