import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Packet, type PlaceId, seal } from "@process-hub/protocol";
import { afterEach, expect, test } from "vitest";
import { here, settled, there, third } from "./fixtures/thread-stage.js";
import { Links } from "./links.js";

const open: MessagePort[] = [];

afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

/** The two ends of a channel; `got` has the places that packets came for at the second. */
function channel() {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  const got: PlaceId[] = [];
  port2.on("message", ({ to }: Packet) => void got.push(to));
  return { near: port1, far: port2, got };
}

/** Links whose host is the near end of a channel. */
function scene() {
  const host = channel();
  const links = new Links(host.near);
  const post = (to: PlaceId): void => links.transmit(seal(here, to, [], 0));
  return { host, links, post };
}

/** Resolves when so many packets are in. */
async function arrived(got: readonly PlaceId[], count: number): Promise<void> {
  for (let turns = 0; got.length < count && turns < 1_000; turns++) await settled();
}

test("a packet goes by the direct link to its place, and by way of the host where there is none", async () => {
  const { host, links, post } = scene();
  const peer = channel();
  links.add(there, peer.near, () => {});
  post(there);
  post(third);
  await arrived(peer.got, 1);
  await arrived(host.got, 1);
  expect([peer.got, host.got]).toEqual([[there], [third]]);
});

test("a place that was written to by way of the host is written to that way for ever: a later link would overtake", async () => {
  const { host, links, post } = scene();
  post(there);
  const peer = channel();
  links.add(there, peer.near, () => {});
  post(there);
  await arrived(host.got, 2);
  expect([host.got, peer.got]).toEqual([[there, there], []]);
});

test("what a peer sent before its link closed has come when the link is drained", async () => {
  const { links } = scene();
  const peer = channel();
  const got: Packet[] = [];
  links.add(there, peer.near, (packet) => void got.push(packet));
  for (let n = 0; n < 3; n++) peer.far.postMessage(seal(there, here, [], 0));
  peer.far.close();
  await links.drained(there);
  expect(got).toHaveLength(3);
  expect(links.drained(there)).toBeUndefined();
});

test("of a place without a link there is nothing to wait for", () => {
  expect(scene().links.drained(third)).toBeUndefined();
});
