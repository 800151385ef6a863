import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 30 }, (_, i) => `p-${i}`);

/** Stops the load of a node: no ask of it has failed. Resolves with how many each player should have counted. */
async function unloaded(machines: Machines, name: string): Promise<Readonly<Record<string, number>>> {
  const { asked, settled, failed, added } = await machines.on(name).unload();
  expect([name, settled, failed]).toEqual([name, asked, {}]);
  return added;
}

describeNats("hubs with a secret over a server", () => {
  test("are one hub; who has another secret, or none, is refused by name, and no ask is lost meanwhile", async () => {
    await using machines = await Machines.start(2, { secret: "our secret" });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    for (const name of machines.names) await machines.on(name).load(ids, 5);
    for (const [name, secret] of [
      ["mallory", "another"],
      ["eve", undefined],
    ] as const) {
      await expect(machines.join(name, { secret })).rejects.toMatchObject({
        code: "Unauthenticated",
        message: expect.stringMatching(/^(?!.*our secret).*give all nodes of a hub the same `secret`/),
      });
      for (const member of ["n0", "n1"]) {
        const bad = await machines.on(member).events("badFrame");
        expect(bad.filter(({ text }) => text.includes(name)).length).toBeGreaterThan(0);
        expect(await machines.on(member).nodes()).toEqual(["n0", "n1"]);
      }
    }
    await machines.join("n2");
    await machines.together();
    for (const name of ["n0", "n1"]) await unloaded(machines, name);
    for (const id of ids) expect(await machines.on("n2").ask("player", id, "read")).toBeGreaterThan(0);
  });

  test("take a new secret node by node, under load: no ask fails, no count is lost, and who has the old one is refused", async () => {
    await using machines = await Machines.start(3, { secret: ["old"] });
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    const added = new Map<string, number>();
    const unload = async (name: string): Promise<void> => {
      for (const [id, count] of Object.entries(await unloaded(machines, name))) added.set(id, (added.get(id) ?? 0) + count);
    };
    for (const name of machines.names) await machines.on(name).load(ids, 5);
    for (const secret of [["old", "new"], ["new", "old"], ["new"]]) {
      for (const name of machines.names) {
        // What still asks from a node that leaves is told HubClosed: its own users stop first. The others go on.
        await unload(name);
        expect(await machines.on(name).drain()).toEqual([]);
        expect(await machines.stop(name)).toBe(0);
        await machines.join(name, { secret });
        await machines.together();
        await machines.on(name).load(ids, 5);
        await until("its load runs", async () => (await machines.on(name).loaded()).settled > 20);
      }
    }
    for (const name of machines.names) await unload(name);
    await machines.agree(ids.length);
    for (const id of ids) expect(await machines.on("n1").ask("player", id, "read")).toBe(added.get(id) ?? 0);
    for (const name of machines.names) expect(await machines.on(name).events("badFrame")).toEqual([]);
    await expect(machines.join("late", { secret: ["old"] })).rejects.toMatchObject({ code: "Unauthenticated" });
  });
});
