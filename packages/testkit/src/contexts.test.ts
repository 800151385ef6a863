import { replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Courier } from "./fixtures/courier.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { seed: 3, nodes: 3, actors: [Courier] };
const user = { user: "u7" };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async function couriers(sim: Simulation): Promise<void> {
  for (const [index, id] of ["a", "b", "c"].entries()) await sim.hub(0).start(Courier, { id, nodes: [`node-${index}`] });
  await sim.until("all know them", () => [0, 1, 2].every((at) => sim.hub(at).list("global").length === 3));
}

const keptBy = (sim: Simulation, id: string): Promise<unknown> => sim.hub(0).ref(Courier, id).ask("kept");

test("a context and a trace go on with every ask, over nodes, and are absent where nobody gave them", () =>
  simulate(options, async (sim) => {
    await couriers(sim);
    const a = sim.hub(0).ref(Courier, "a");
    expect(await a.ask("pass", ["b", "c"], { context: user, trace: { traceparent } })).toEqual({
      context: user,
      trace: traceparent,
    });
    expect(await a.ask("pass", ["b", "c"])).toEqual({ context: {}, trace: undefined });
    await sim.check();
  }));

test("it goes on with tells and timers, and one that a handler gives replaces it", () =>
  simulate(options, async (sim) => {
    await couriers(sim);
    const a = sim.hub(0).ref(Courier, "a");
    a.tell("drop", ["b", "c"], { context: user });
    a.tell("drop", ["b", "c"]);
    await sim.run(100);
    expect(await keptBy(sim, "c")).toEqual([user, {}]);
    await a.ask("later", 100, { context: user });
    await sim.run(200);
    expect(await keptBy(sim, "a")).toEqual([user]);
    expect(await a.ask("instead", "b", { context: user })).toMatchObject({ context: { user: "other" } });
    await sim.check();
  }));

test("it moves with what waits in the mailbox, and with the timers", () =>
  simulate({ ...options, nodes: 2 }, async (sim) => {
    const a = await sim.hub(0).start(Courier, { id: "a" });
    const to = sim.hub(0).lookup("a")?.replicas[0]?.node === "node-0" ? 1 : 0;
    await a.ask("later", 5_000, { context: user });
    const waited = a.ask("wait", 300);
    for (let n = 0; n < 3; n++) a.tell("drop", [], { context: { n } });
    const moved = sim.hub(0).move("a", { node: `node-${to}` });
    await waited;
    await moved;
    await sim.run(6_000);
    expect(await keptBy(sim, "a")).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, user]);
    await sim.check();
  }));

test("a standby goes on with the timers as they were", () =>
  simulate({ ...options, hub: { redundancy: replication({ factor: 2, model: "active-passive" }) } }, async (sim) => {
    const a = await sim.hub(0).start(Courier, { id: "a" });
    await a.ask("later", 20_000, { context: user });
    await sim.run(2_000);
    const home =
      sim
        .hub(0)
        .lookup("a")
        ?.replicas.find(({ mode }) => mode === "active")?.node ?? "";
    sim.crash(Number(home.slice(-1)));
    const other = home === "node-0" ? 1 : 0;
    await sim.run(40_000);
    expect(await sim.hub(other).ref(Courier, "a").ask("kept")).toEqual([user]);
    await sim.check();
  }));

test.each([
  ["a context that is no record", { context: "u7" }, "HubConfigError", /context/],
  [
    "a context of more than 4 KiB",
    { context: { text: "x".repeat(5_000) } },
    "HubConfigError",
    /context.*4096 bytes.*50\d\d bytes/s,
  ],
  ["a context that cannot travel", { context: { run: () => 1 } }, "NotSerializable", /context\.run/],
  ["a trace of another form", { trace: { traceparent: "1" } }, "HubConfigError", /trace\.traceparent/],
  ["another option", { contxt: user }, "HubConfigError", /contxt/],
])("%s is refused by name, of an ask and of a tell", (_, given, code, text) =>
  simulate({ ...options, nodes: 1 }, async (sim) => {
    const a = await sim.hub(0).start(Courier, { id: "a" });
    const wrong = given as object;
    await expect(a.ask("pass", [], wrong)).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
    expect(() => a.tell("drop", [], wrong)).toThrow(expect.objectContaining({ code }));
  }),
);
