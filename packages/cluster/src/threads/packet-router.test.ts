import type { Packet } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { PacketRouter } from "./packet-router.js";

function staged(isMember = true) {
  const stage = new Stage(["b"]);
  const went: string[] = [];
  const lost: unknown[] = [];
  const router = new PacketRouter({
    main: stage.local.main,
    group: {
      has: (place) => stage.group.has(place),
      send: ({ to }) => went.push(`thread ${to}`) > 0 && stage.group.has(to),
    },
    counters: { lost: (...given) => void lost.push(given) },
    lossAccounting: { relayed: (to, envelopes) => void went.push(`relayed ${envelopes} to ${to}`) },
    mailer: { receive: (packet) => void went.push(`main ${packet.to}`), isDown: (place) => stage.down.has(place) },
    membership: { has: () => isMember },
    messenger: { send: (to) => went.push(`node ${to}`) > 0 },
    tellDown: (life) => void went.push(`down ${life}`),
  });
  const packet = (to: string, from = stage.local.main): Packet => ({ from, to, envelopes: 3, bytes: new Uint8Array(0) });
  return { ...stage, router, went, lost, packet };
}

test("a packet goes to the main thread's mailer, to a thread of this node, or to the node of its place", () => {
  const { router, went, packet, local } = staged();
  for (const to of [local.main, thread("a", 1), thread("b", 0)]) router.route(packet(to));
  expect(went).toEqual([`main ${local.main}`, `thread ${thread("a", 1)}`, "node b"]);
});

test("what other nodes send to a thread is counted, so that what died with it can be", () => {
  const { router, went, packet } = staged();
  router.route(packet(thread("a", 0), thread("b", 0)));
  expect(went).toEqual([`relayed 3 to ${thread("a", 0)}`, `thread ${thread("a", 0)}`]);
});

test("what goes to nobody is counted: to a thread that has ended, or never ran", () => {
  const { router, went, lost, packet, group, down } = staged();
  const gone = thread("a", 0);
  group.dead.add(gone);
  router.route(packet(gone));
  down.add(gone);
  router.route(packet(gone));
  expect(went).toEqual([`thread ${gone}`]);
  expect(lost).toMatchObject([
    [3, "ThreadExited", expect.stringMatching(/is not running/)],
    [3, "ThreadExited", expect.stringMatching(/has ended/)],
  ]);
});

test("the senders of this node hear once of a node that is no member", () => {
  const { router, went, lost, packet, down } = staged(false);
  router.route(packet(thread("b", 0)));
  down.add("b@b1");
  router.route(packet(thread("b", 0)));
  expect([went, lost.length]).toEqual([["down b@b1"], 2]);
});
