import { type Bytes, HubConfigError } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HostileNetwork } from "../fixtures/hostile-network.js";
import { AuthenticatedTransport } from "./authenticated-transport.js";

/** Nodes over one network that deliver at once; each has its secrets. */
class Parties {
  readonly clock = new VirtualClock();
  readonly network = new HostileNetwork(this.clock);

  async node(name: string, secrets: readonly string[], { life = `${name}1`, hub = "lab" } = {}) {
    const [heard, bad]: [string[], string[]] = [[], []];
    const transport = new AuthenticatedTransport({
      transport: this.network.transport(),
      clock: this.clock,
      life,
      secrets,
      badFrame: (peer, error) => bad.push(`${peer}: ${String(error)}`),
    });
    const message = (from: string, bytes: Bytes): void => void heard.push(`${from}: ${Buffer.from(bytes).toString()}`);
    await transport.open(hub, name, { message, connection: () => {} });
    return { transport, heard, bad };
  }

  /** The last datagram that a node sent, in the form in which it travels. */
  last(from: string): Bytes {
    const sent = this.network.sent.findLast((one) => one.from === from)?.bytes;
    if (sent === undefined) throw new HubConfigError(`${from} has sent nothing`);
    return sent;
  }

  async deliver(from: string, to: string, bytes: Bytes): Promise<void> {
    this.network.deliver(from, to, bytes);
    await this.clock.run(1);
  }
}

const text = (words: string): Bytes => new TextEncoder().encode(words);

test("members hear each other, to one and to all", async () => {
  const parties = new Parties();
  const a = await parties.node("a", ["one secret"]);
  const b = await parties.node("b", ["one secret"]);
  a.transport.send("b", text("to b"));
  a.transport.broadcast(text("to all"));
  b.transport.send("a", new Uint8Array());
  await parties.clock.run(1);
  expect([a.heard, b.heard, a.bad, b.bad]).toEqual([["b: "], ["a: to b", "a: to all"], [], []]);
});

test("a datagram counts once, for its sender, its receiver and its hub alone", async () => {
  const parties = new Parties();
  const a = await parties.node("a", ["one secret"]);
  const b = await parties.node("b", ["one secret"]);
  const c = await parties.node("c", ["one secret"]);
  const far = await parties.node("d", ["one secret"], { hub: "other" });
  a.transport.send("b", text("x"));
  await parties.clock.run(1);
  const sealed = parties.last("a");
  await parties.deliver("a", "b", sealed);
  await parties.deliver("c", "b", sealed);
  await parties.deliver("a", "c", sealed);
  a.transport.broadcast(text("y"));
  await parties.clock.run(1);
  await parties.deliver("a", "b", parties.last("a"));
  expect(b.heard).toEqual(["a: x", "a: y"]);
  expect(c.heard).toEqual(["a: y"]);
  expect(far.heard).toEqual([]);
  expect([b.bad.length, c.bad.length]).toEqual([1, 1]);
});

test("no datagram with a flipped bit, cut short, or made up is heard", async () => {
  const parties = new Parties();
  const a = await parties.node("a", ["one secret"]);
  const b = await parties.node("b", ["one secret"]);
  a.transport.send("b", text("a message of some length"));
  await parties.clock.run(1);
  const sealed = parties.last("a");
  const altered = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 80 }).map((rest) => new Uint8Array([0xc1, 1, ...rest])),
    fc.nat(sealed.length - 1).map((at) => sealed.slice(0, at)),
    fc
      .tuple(fc.nat(sealed.length - 1), fc.nat(7))
      .map(([at, bit]) => sealed.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))),
  );
  await fc.assert(
    fc.asyncProperty(altered, (bytes) => parties.deliver("a", "b", bytes)),
    { numRuns: 500 },
  );
  expect(b.heard).toEqual(["a: a message of some length"]);
});

test("a secret is changed while nodes run: each step understands the one before it", async () => {
  const steps = [["old"], ["old", "new"], ["new", "old"], ["new"]];
  for (let step = 0; step + 1 < steps.length; step++) {
    const parties = new Parties();
    const a = await parties.node("a", steps[step] ?? []);
    const b = await parties.node("b", steps[step + 1] ?? []);
    a.transport.send("b", text("x"));
    b.transport.send("a", text("y"));
    await parties.clock.run(1);
    expect([a.heard, b.heard]).toEqual([["b: y"], ["a: x"]]);
  }
});

test.each([
  ["another secret", ["one"], ["other"]],
  ["none where the others have one", ["one"], []],
  ["one where the others have none", [], ["one"]],
])("a node with %s is not heard, and both sides are told, now and then", async (_case, ours, theirs) => {
  const parties = new Parties();
  const a = await parties.node("a", ours);
  const b = await parties.node("b", theirs);
  for (let n = 0; n < 50; n++) b.transport.broadcast(text("x"));
  await parties.clock.run(1);
  expect([a.heard, b.heard, a.bad.length]).toEqual([[], [], 50]);
  expect([a.transport.strangers?.code, b.transport.strangers?.code]).toEqual(["Unauthenticated", "Unauthenticated"]);
  const notices = parties.network.sent.filter(({ from }) => from === "a").length;
  expect(notices).toBe(1);
});
