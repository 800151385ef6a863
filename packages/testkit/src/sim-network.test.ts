import { seededRandom } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Domain, Scheduler } from "./scheduler.js";
import { type Faults, faultless, SimNetwork } from "./sim-network.js";

const receiver = (heard: string[], name: string) => ({
  message: (from: string, bytes: Uint8Array) => void heard.push(`${name} hears ${bytes.length} of ${from}`),
  connection: () => {},
});

/** A network with nodes a and b; `all` runs what is to happen. */
async function staged(faults: Partial<Faults>) {
  const random = seededRandom(1);
  const scheduler = new Scheduler(() => random.next());
  const network = new SimNetwork(scheduler, random, { ...faultless, ...faults });
  const heard: string[] = [];
  const open = async (node: string, name = node) => {
    const domain = new Domain(name);
    const transport = network.transport(domain);
    await transport.open("hub", node, receiver(heard, name));
    return { transport, domain };
  };
  const all = (): string[] => {
    while (scheduler.step());
    return heard.splice(0);
  };
  return { network, scheduler, open, all, a: await open("a"), b: await open("b") };
}

test("a late copy comes too, by the times that were given, for whoever has the name by then", async () => {
  const { a, b, open, all, scheduler, network } = await staged({ late: 1, lateMs: [60_000, 120_000] });
  a.transport.send("b", new Uint8Array(1));
  const fromMs = scheduler.nowMs;
  scheduler.step();
  b.domain.die();
  await open("b", "the next b");
  expect(all()).toEqual(["b hears 1 of a", "the next b hears 1 of a"]);
  expect(scheduler.nowMs - fromMs).toBeGreaterThan(60_000);
  expect(network.lateCopies).toEqual({ all: 1, ofPastLives: 1 });
});

test("no new copy comes late on a calm network", async () => {
  const { a, all, network } = await staged({ late: 1 });
  network.calm = true;
  a.transport.send("b", new Uint8Array(1));
  expect(all()).toEqual(["b hears 1 of a"]);
});

test("a long datagram is lost with any of its pieces", async () => {
  const { a, all } = await staged({ drop: 0.2, pieceBytes: 100 });
  const arrived = (length: number): number => {
    for (let i = 0; i < 200; i++) a.transport.send("b", new Uint8Array(length));
    return all().length;
  };
  expect(arrived(100)).toBeGreaterThan(140);
  expect(arrived(1_000)).toBeLessThan(50);
});

test("two stations of one name each get what is sent to it, and hear each other", async () => {
  const { a, b, open, all } = await staged({});
  const second = await open("b", "the second b");
  a.transport.send("b", new Uint8Array(1));
  expect(all().sort()).toEqual(["b hears 1 of a", "the second b hears 1 of a"]);
  second.transport.send("b", new Uint8Array(2));
  expect(all()).toEqual(["b hears 2 of b"]);
  await b.transport.close();
  a.transport.broadcast(new Uint8Array(3));
  expect(all()).toEqual(["the second b hears 3 of a"]);
});
