import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { LocalNode } from "./local-node.js";
import { Opening } from "./opening.js";

function opening(required: number) {
  const clock = new VirtualClock();
  const local = new LocalNode("a", "a1", 0);
  const peers: { begun?: boolean }[] = [];
  const told: string[] = [];
  const hub = new Opening({ clock, required, local, others: () => peers, opened: () => told.push("opened") });
  return { clock, local, peers, told, hub };
}

describe("a hub begins", () => {
  test("at once where one member is enough", () => {
    const { hub, told } = opening(1);
    hub.look();
    expect([hub.isOpen, hub.missing, told]).toEqual([true, undefined, []]);
  });

  test("when so many members are there, tells the others once, and goes on with fewer", () => {
    const { hub, peers, told } = opening(3);
    const late: string[] = [];
    hub.whenOpen(() => late.push("then"));
    peers.push({});
    hub.look();
    expect(hub.missing).toBe("the hub has 2 of the 3 members that it begins with (minMembers)");
    peers.push({});
    hub.look();
    peers.length = 0;
    hub.look();
    expect([hub.isOpen, told, late]).toEqual([true, ["opened"], ["then"]]);
  });

  test("for a node that meets one that knows it", () => {
    const { hub, peers } = opening(3);
    peers.push({ begun: true });
    hub.look();
    expect(hub.isOpen).toBe(true);
  });
});

test("who waits for it waits no longer than he says, and is let go when the node closes", async () => {
  const { hub, clock } = opening(2);
  const ended: string[] = [];
  void hub.waitWithin(100).then(() => ended.push("late"));
  void hub.waitWithin(1_000).then(() => ended.push("closed"));
  hub.whenOpen(() => ended.push("never"));
  await clock.run(100);
  expect(ended).toEqual(["late"]);
  hub.close();
  await clock.run(1);
  expect([ended, hub.isOpen]).toEqual([["late", "closed"], false]);
});
