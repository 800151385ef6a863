import { type Bytes, Datagram, decode, StrictChecks } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { HostileNetwork } from "../fixtures/hostile-network.js";
import { NodeLink } from "./node-link.js";

const text = (body: Bytes): string => Buffer.from(body).toString();
const bytes = (body: string): Bytes => Buffer.from(body);

class Side {
  readonly got: string[] = [];
  broken = 0;
  onDeliver: () => void = () => {};
  /** What it says first in each session. */
  greeting: readonly string[] = [];
  link: NodeLink;
  readonly #clock: VirtualClock;
  readonly #network: HostileNetwork;
  readonly #name: string;
  readonly #peer: string;

  constructor(clock: VirtualClock, network: HostileNetwork, name: string, peer: string) {
    this.#clock = clock;
    this.#network = network;
    this.#name = name;
    this.#peer = peer;
    this.link = this.session(1, 0);
    const receiver = { message: (_from: string, datagram: Bytes) => this.#receive(datagram), connection: () => {} };
    void network.transport().open("hub", name, receiver);
  }

  session(session: number, endedSession: number): NodeLink {
    return new NodeLink({
      checks: new StrictChecks(),
      clock: this.#clock,
      self: this.#name,
      peer: this.#peer,
      session,
      endedSession,
      retryMs: 100,
      deliveryMs: 20_000,
      transmit: (datagram) => this.#network.deliver(this.#name, this.#peer, datagram),
      deliver: (body) => {
        this.got.push(text(body));
        this.onDeliver();
      },
      broken: () => {
        this.broken++;
        this.link.close();
        this.link = this.session(session + 1, this.link.peerSession);
        this.greet();
      },
    });
  }

  /** This side alone begins anew, as after it had declared the other down. */
  restart(session: number): void {
    this.link.close();
    this.link = this.session(session, this.link.peerSession);
  }

  greet(): void {
    for (const body of this.greeting) this.link.send(bytes(body));
  }

  #receive(datagram: Bytes): void {
    const message = Datagram.parse(decode(datagram));
    if (message.type === "link") this.link.receive(message);
  }
}

function pair(
  seed: number,
  faults: ConstructorParameters<typeof HostileNetwork>[2],
): { clock: VirtualClock; network: HostileNetwork; a: Side; b: Side } {
  const clock = new VirtualClock();
  const network = new HostileNetwork(clock, seed, faults);
  return { clock, network, a: new Side(clock, network, "a", "b"), b: new Side(clock, network, "b", "a") };
}

const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("a node link", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "delivers in order, each once, both ways, over a hostile transport (seed %i)",
    async (seed) => {
      const { clock, a, b } = pair(seed, { drop: 0.2, duplicate: 0.2, delayMs: [0, 150] });
      const [there, back] = [numbered("a", 1_500), numbered("b", 700)];
      for (const body of there) a.link.send(bytes(body));
      await clock.run(50);
      for (const body of back) b.link.send(bytes(body));
      await clock.run(20_000);
      expect(b.got).toEqual(there);
      expect(a.got).toEqual(back);
      expect([a.link.pending, b.link.pending, a.broken, b.broken]).toEqual([[], [], 0, 0]);
    },
  );

  test("says when all is acknowledged, and what is not", async () => {
    const { clock, network, a } = pair(1, {});
    network.deaf.add("b");
    let drained = false;
    a.link.send(bytes("one"));
    void a.link.drained().then(() => {
      drained = true;
    });
    await clock.run(1_000);
    expect([drained, a.link.pending.map(text)]).toEqual([false, ["one"]]);
    network.deaf.clear();
    await clock.run(1_000);
    expect([drained, a.link.pending]).toEqual([true, []]);
  });

  test("sends a part of much in each turn, in order, and the rest without a further word", async () => {
    const { clock, network, a, b } = pair(1, {});
    const all = Array.from({ length: 12 }, (_, i) => `${i} ${"x".repeat(50_000)}`);
    let datagrams = 0;
    const deliver = network.deliver.bind(network);
    network.deliver = (from, to, datagram) => {
      if (from === "a") datagrams++;
      deliver(from, to, datagram);
    };
    for (const body of all) a.link.send(bytes(body));
    await Promise.resolve();
    expect(datagrams).toBe(3);
    clock.turn();
    expect(datagrams).toBe(6);
    await clock.run(1_000);
    expect([b.got, a.link.pending]).toEqual([all, []]);
  });

  test("delivers what waited for a lost body a part in each turn, in order", async () => {
    const { clock, network, a, b } = pair(1, {});
    const all = Array.from({ length: 12 }, (_, i) => `${i} ${"x".repeat(50_000)}`);
    a.link.send(bytes("hello"));
    await clock.run(500);
    const deliver = network.deliver.bind(network);
    let isLost = false;
    network.deliver = (from, to, datagram) => {
      if (from === "a" && !isLost) isLost = true;
      else deliver(from, to, datagram);
    };
    for (const body of all) {
      a.link.send(bytes(body));
      await settle();
      while (clock.hasTurns) clock.turn();
    }
    expect([isLost, b.got]).toEqual([true, ["hello"]]);
    // The lost one is sent again.
    while (b.got.length === 1) clock.advance(clock.now() + 1);
    expect(b.got.length).toBe(3);
    while (clock.turn());
    expect(b.got).toEqual(["hello", ...all]);
    await clock.run(1_000);
    expect(a.link.pending).toEqual([]);
  });

  test("has at most its window on the way, and goes on when the other side is back", async () => {
    const { clock, network, a, b } = pair(1, {});
    network.deaf.add("b");
    let sentWhileDeaf = 0;
    const deliver = network.deliver.bind(network);
    network.deliver = (from, to, datagram) => {
      const message = Datagram.parse(decode(datagram));
      if (from === "a" && message.type === "link")
        sentWhileDeaf = Math.max(sentWhileDeaf, message.number + message.bodies.length - 1);
      deliver(from, to, datagram);
    };
    const all = numbered("x", 3_000);
    for (const body of all) a.link.send(bytes(body));
    await clock.run(2_000);
    expect(sentWhileDeaf).toBe(512);
    network.deaf.clear();
    await clock.run(5_000);
    expect(b.got).toEqual(all);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "a side that begins anew breaks the other once, and both go on from there (seed %i)",
    async (seed) => {
      const { clock, a, b } = pair(seed, { drop: 0.1, duplicate: 0.3, delayMs: [0, 250] });
      for (const body of numbered("old-a", 40)) a.link.send(bytes(body));
      for (const body of numbered("old-b", 40)) b.link.send(bytes(body));
      await clock.run(600);
      expect(a.link.peerSession).toBe(1);
      for (const body of numbered("late-b", 40)) b.link.send(bytes(body));
      await clock.run(60);
      a.restart(2);
      const [aHad, bHad] = [a.got.length, b.got.length];
      for (const body of numbered("new-a", 60)) a.link.send(bytes(body));
      await clock.run(5_000);
      for (const body of numbered("new-b", 60)) b.link.send(bytes(body));
      await clock.run(10_000);
      expect(b.got.slice(bHad).filter((body) => body.startsWith("new"))).toEqual(numbered("new-a", 60));
      expect(a.got.slice(aHad).filter((body) => body.startsWith("new"))).toEqual(numbered("new-b", 60));
      expect(a.got.slice(aHad).filter((body) => !body.startsWith("new"))).toEqual([]);
      expect([a.link.pending, b.link.pending]).toEqual([[], []]);
      expect([a.broken, b.broken]).toEqual([0, 1]);
    },
  );

  test.each(numbered("", 12).map(Number))(
    "two sides that begin anew one after the other, and say so, come to rest (seed %i)",
    async (seed) => {
      const { clock, a, b } = pair(seed, { duplicate: 0.4, delayMs: [0, 200] });
      a.greeting = numbered("a", 30);
      b.greeting = numbered("b", 30);
      for (const side of [a, b]) side.greet();
      await clock.run(1_000);
      a.restart(2);
      a.greet();
      await clock.run(120);
      b.restart(2);
      b.greet();
      await clock.run(20_000);
      const broken = [a.broken, b.broken];
      expect(Math.max(...broken)).toBeLessThan(4);
      expect([a.link.pending, b.link.pending]).toEqual([[], []]);
      await clock.run(20_000);
      expect([a.broken, b.broken]).toEqual(broken);
    },
  );

  test("is broken when nothing arrives for the time of a delivery, and not when something does", async () => {
    const { clock, network, a, b } = pair(1, {});
    network.deaf.add("b");
    a.link.send(bytes("one"));
    await clock.run(19_000);
    network.deaf.clear();
    await clock.run(1_000);
    expect([a.broken, b.got]).toEqual([0, ["one"]]);
    network.deaf.add("b");
    a.link.send(bytes("two"));
    await clock.run(19_000);
    expect(a.broken).toBe(0);
    await clock.run(2_000);
    expect([a.broken, b.got]).toEqual([1, ["one"]]);
  });

  test("drops what is meant for another incarnation, and what is out of any window", async () => {
    const { clock, a, b } = pair(1, {});
    const stray = { type: "link", from: "a", to: "b", session: 1, endedSession: 0, ackSession: 0, ack: 0 } as const;
    b.link.receive({ ...stray, to: "older b", number: 1, bodies: [bytes("stray")] });
    b.link.receive({ ...stray, from: "older a", number: 1, bodies: [bytes("stray")] });
    b.link.receive({ ...stray, number: 5_000, bodies: [bytes("far ahead")] });
    b.link.receive({ ...stray, number: 0, bodies: [bytes("before the first")] });
    b.link.receive({ ...stray, number: 0, ack: 900, ackSession: 1, bodies: [] });
    a.link.send(bytes("fits"));
    await clock.run(500);
    expect(b.got).toEqual(["fits"]);
  });

  test("delivers nothing more once it is closed by what it delivered", async () => {
    const { clock, a, b } = pair(1, {});
    b.onDeliver = () => b.link.close();
    for (const body of ["one", "two", "three"]) a.link.send(bytes(body));
    await clock.run(500);
    expect(b.got).toEqual(["one"]);
    expect(a.link.pending.length).toBeGreaterThan(0);
  });
});
