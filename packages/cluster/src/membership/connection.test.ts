import { HubConfigError, type Transport, type TransportReceiver } from "@process-hub/protocol";
import { afterEach, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";

const lab = new Lab();
afterEach(() => lab.close());

test("what the transport says is told once for each change, and stands in the stats; a hub that is cut off for good goes on, and closes", async () => {
  const { transport, says } = overheard(lab.network.transport());
  const hub = await lab.hub("a", { transport });
  const told: unknown[] = [];
  hub.on("connectionChanged", ({ node, state, cause }) => told.push([node, state, cause?.message, hub.stats().connection]));
  expect(hub.stats().connection).toBe("connected");

  for (const state of ["disconnected", "disconnected", "connected", "disconnected"] as const) says().connection(state);
  says().connection("closed", new HubConfigError("the password has changed", { path: "transport" }));

  const [lost, found] = ["disconnected", "connected"].map((state) => ["a", state, undefined, state]);
  expect(told).toEqual([lost, found, lost, ["a", "closed", "the password has changed", "closed"]]);
  const counter = await hub.start(Counter, { id: "c", args: { from: 1 } });
  expect([hub.isAlive(), await counter.ask("read")]).toEqual([true, 1]);
  expect(await hub.close()).toEqual({ ended: ["c"] });
});

/** A transport, and a way to speak as it does. */
function overheard(behind: Transport): { transport: Transport; says: () => TransportReceiver } {
  let heard: TransportReceiver | undefined;
  const open: Transport["open"] = (hub, node, receiver) => {
    heard = receiver;
    return behind.open(hub, node, receiver);
  };
  const says = (): TransportReceiver => heard ?? expect.unreachable("the transport was not opened");
  return { transport: { ...behind, open }, says };
}
