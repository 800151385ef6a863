import type { Bytes, Transport, TransportReceiver } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { PacedTransport } from "./paced-transport.js";

const kib = 1024;

/** A paced transport over a network that brings what a test says; each datagram is known by its first byte. */
async function paced() {
  const clock = new VirtualClock();
  const seen: number[] = [];
  let network: TransportReceiver | undefined;
  const below: Transport = {
    open: async (_hub, _node, receiver) => {
      network = receiver;
    },
    broadcast: () => {},
    send: () => {},
    close: async () => {},
  };
  const transport = new PacedTransport(below, clock);
  const receiver: TransportReceiver = { message: (_, bytes) => void seen.push(bytes[0] ?? -1), connection: () => {} };
  const open = (): Promise<void> => transport.open("hub", "a", receiver);
  await open();
  const bring = (name: number, bytes: number): void => {
    const datagram: Bytes = new Uint8Array(bytes);
    datagram[0] = name;
    network?.message("b", datagram);
  };
  return { transport, clock, seen, bring, open };
}

test("datagrams come in their order, 64 KiB of them a turn", async () => {
  const { clock, seen, bring } = await paced();
  for (let name = 0; name < 5; name++) bring(name, 40 * kib);
  expect(seen).toEqual([0, 1]);
  clock.turn();
  expect(seen).toEqual([0, 1, 2, 3]);
  clock.turn();
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

test("a flood is dropped beyond a bound, as a network may", async () => {
  const { clock, seen, bring } = await paced();
  for (let name = 0; name < 200; name++) bring(name, 1024 * kib);
  await clock.run(0);
  expect(seen).toEqual(Array.from({ length: 65 }, (_, name) => name));
  bring(99, 1);
  expect(seen.at(-1)).toBe(99);
});

test("what waits when it is closed is not for whoever opens it again", async () => {
  const { transport, clock, seen, bring, open } = await paced();
  for (let name = 0; name < 3; name++) bring(name, 64 * kib);
  await transport.close();
  await open();
  await clock.run(0);
  bring(9, 1);
  expect(seen).toEqual([0, 9]);
});
