import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 60 }, (_, i) => `p-${i}`);

/** Each of them answers, asked from a node; resolves with what they have counted. */
async function counts(machines: Machines, from: string): Promise<unknown[]> {
  let read: unknown[] = [];
  await until("all answer", async () => {
    read = await Promise.all(ids.map((id) => machines.on(from).ask("player", id, "read", undefined, 1_000)));
    return true;
  });
  return read;
}

describeNats("deaths of processes", () => {
  test("two nodes at the same moment: every actor runs again, once, and all know where", async () => {
    await using machines = await Machines.start(4);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    await Promise.all(ids.map((id) => machines.on("n1").ask("player", id, "add", { by: 1 })));
    const places = await machines.on("n0").places();
    await machines.kill("n2", "n3");
    await machines.together("n0", "n1");
    const expected = ids.map((id) => (["n2", "n3"].includes(places[id] ?? "") ? 0 : 1));
    expect(expected).toContain(0);
    expect(await counts(machines, "n1")).toEqual(expected);
    await machines.agree(ids.length);
    expect(new Set(Object.values(await machines.on("n0").places()))).toEqual(new Set(["n0", "n1"]));
  });

  test("asks under way to a node that is killed settle, each with its answer or with a reason", async () => {
    await using machines = await Machines.start(3);
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    await machines.on("n0").load(ids, 20);
    await until("the load runs", async () => (await machines.on("n0").loaded()).settled > 200);
    await machines.kill("n2");
    const { settled } = await machines.on("n0").loaded();
    await machines.together("n0", "n1");
    await until("it runs on", async () => (await machines.on("n0").loaded()).settled > settled + 200);
    const figures = await machines.on("n0").unload();
    expect(figures.settled).toBe(figures.asked);
    for (const code of Object.keys(figures.failed)) expect(["NodeDown", "AskTimeout", "ActorNotFound"]).toContain(code);
    expect((await machines.on("n0").stats()).asks.pending).toBe(0);
    await machines.agree(ids.length);
  });
});
