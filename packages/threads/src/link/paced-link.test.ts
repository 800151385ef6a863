import { MessageChannel } from "node:worker_threads";
import { type Packet, realClock } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { linkCases } from "./link.cases.js";
import { PacedLink } from "./paced-link.js";
import { PortLink } from "./port-link.js";

const pair = (): [PacedLink, PacedLink] => {
  const { port1, port2 } = new MessageChannel();
  return [new PacedLink(new PortLink(port1), realClock, 1), new PacedLink(new PortLink(port2), realClock, 1)];
};
const turn = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await settle();
};

linkCases("a paced link, of one packet a turn,", pair, turn);

/** The end of a link whose other end is the test. */
function staged() {
  const clock = new VirtualClock();
  const seen: number[] = [];
  let bring = (_packet: Packet): void => {};
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const link = new PacedLink(
    {
      send: () => {},
      onPacket: (listener) => {
        bring = listener;
      },
      drained: () => closed,
      close: () => {},
    },
    clock,
  );
  link.onPacket(({ envelopes }) => void seen.push(envelopes));
  for (let n = 0; n < 5; n++) bring({ from: "n@1/0.0", to: "n@1/1.0", envelopes: n, bytes: new Uint8Array(40 * 1024) });
  return { clock, seen, link, close };
}

test("one turn takes 64 KiB, and the others follow in their order", () => {
  const { clock, seen } = staged();
  expect(seen).toEqual([0, 1]);
  clock.turn();
  expect(seen).toEqual([0, 1, 2, 3]);
});

test("it is drained, or closed, when all that came has been handed on", async () => {
  const [drains, closes] = [staged(), staged()];
  const drained = drains.link.drained();
  drains.close();
  await drained;
  closes.link.close();
  expect([drains.seen, closes.seen]).toEqual([
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
});
