import { MessageChannel } from "node:worker_threads";
import { settle } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { linkCases } from "./link.cases.js";
import { PortLink } from "./port-link.js";

const pair = (): [PortLink, PortLink] => {
  const { port1, port2 } = new MessageChannel();
  return [new PortLink(port1), new PortLink(port2)];
};
const turn = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await settle();
};

linkCases("a link by message port", pair, turn);

test("other words on the port are not packets; a packet's buffer changes hands", async () => {
  const { port1, port2 } = new MessageChannel();
  const [one, other] = [new PortLink(port1), new PortLink(port2)];
  const came: unknown[] = [];
  other.onPacket(({ envelopes }) => came.push(envelopes));
  port1.postMessage({ ready: true });
  const bytes = new Uint8Array([1]);
  one.send({ from: "n@1/0.0", to: "n@1/1.0", envelopes: 4, bytes });
  await turn();
  one.close();
  expect([came, bytes.byteLength]).toEqual([[4], 0]);
});
