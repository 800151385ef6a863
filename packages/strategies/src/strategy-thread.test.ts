import { MessageChannel } from "node:worker_threads";
import { StartFailed } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { serve } from "./strategy-thread.js";
import { gossip } from "./synchronization/gossip.js";

const { module } = gossip();

test("makes a strategy from its module, name and settings, and serves until the port is closed", async () => {
  const { port1, port2 } = new MessageChannel();
  const served = serve({ module, name: "gossip", settings: { recipients: 1 } }, port2);
  const question = { type: "spread", call: 1, self: "a", peers: ["b", "c", "d"], heard: [], seed: 5 } as const;
  const answer = new Promise((resolve) => port1.once("message", resolve));
  port1.postMessage(question);
  expect(await answer).toEqual({ type: "spread", call: 1, to: gossip({ recipients: 1 }).spread(question) });
  port1.close();
  await served;
});

test.each(["nobody", "GossipSettings"])("refuses a module that does not export the strategy %s", async (name) => {
  const { port1, port2 } = new MessageChannel();
  const error = await serve({ module, name, settings: {} }, port2).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StartFailed);
  expect(error).toMatchObject({ fields: { strategy: name, module } });
  port1.close();
});
