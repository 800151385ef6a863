import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 100 }, (_, i) => `p-${i}`);

describeNats("a rolling restart", () => {
  test("every node is drained, replaced and back, one after the other, under load: no ask fails, no count is lost", async () => {
    await using machines = await Machines.start(3);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    const added = new Map<string, number>();
    const load = (name: string) => machines.on(name).load(ids, 10);
    const unload = async (name: string): Promise<void> => {
      const figures = await machines.on(name).unload();
      expect([name, figures.settled, figures.failed]).toEqual([name, figures.asked, {}]);
      for (const [id, count] of Object.entries(figures.added)) added.set(id, (added.get(id) ?? 0) + count);
    };
    for (const name of machines.names) await load(name);
    for (const name of machines.names) {
      // What still asks from a node that leaves is told HubClosed: its own users stop first. The others go on.
      await unload(name);
      expect(await machines.on(name).drain()).toEqual([]);
      expect(await machines.stop(name)).toBe(0);
      await machines.join(name);
      await machines.together();
      await load(name);
      await until(`${name} has its share again`, async () => Object.values(await machines.on(name).places()).includes(name));
    }
    for (const name of machines.names) await unload(name);
    await machines.agree(ids.length);
    for (const id of ids) expect(await machines.on("n1").ask("player", id, "read")).toBe(added.get(id) ?? 0);
  });
});
