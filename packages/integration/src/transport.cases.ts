/*
 * The laws of every transport, as tests that each kind runs against its own network.
 * Without it each transport would be tested by rules of its own, and could break a hub that trusts the common ones.
 */
import { randomBytes } from "node:crypto";
import type { Transport } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** A network on which transports of one kind meet. */
export interface TransportNetwork {
  transport(): Transport;
  close(): Promise<void>;
}

/** A node on the network, and the messages it received. */
class Station {
  readonly got: { readonly from: string; readonly bytes: Uint8Array }[] = [];
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  open(hub: string, node: string): Promise<void> {
    return this.transport.open(hub, node, {
      message: (from, bytes) => this.got.push({ from, bytes }),
      connection: () => {},
    });
  }

  get texts(): string[] {
    return this.got.map(({ from, bytes }) => `${from}: ${Buffer.from(bytes).toString()}`);
  }
}

/** The laws of every transport, on a network that loses nothing. */
export function transportCases(kind: string, makeNetwork: () => Promise<TransportNetwork>): void {
  describe(`the port Transport: ${kind}`, () => {
    let network: TransportNetwork;
    let stations: Station[];
    beforeEach(async () => {
      network = await makeNetwork();
      stations = [];
    });
    afterEach(async () => {
      await Promise.all(stations.map(({ transport }) => transport.close()));
      await network.close();
    });

    const unopened = (): Station => {
      const station = new Station(network.transport());
      stations.push(station);
      return station;
    };
    const join = async (node: string, hub = "hub"): Promise<Station> => {
      const station = unopened();
      await station.open(hub, node);
      return station;
    };
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    /** Waits for these texts; the last one is sent after all others, so no more can come. */
    const has = async (station: Station, texts: readonly string[]): Promise<void> => {
      await until(`${texts.length} messages`, () => station.got.length >= texts.length);
      expect(station.texts).toEqual(texts);
    };

    test("a message goes to the node that it is for, with its sender's name", async () => {
      const [a, b, c] = [await join("a"), await join("b"), await join("c")];
      a.transport.send("b", bytes("one"));
      a.transport.send("nobody", bytes("lost"));
      for (const node of ["b", "c"]) a.transport.send(node, bytes("last"));
      await has(b, ["a: one", "a: last"]);
      await has(c, ["a: last"]);
      expect(a.got).toEqual([]);
    });

    test("a broadcast goes to all others, not to its sender", async () => {
      const [a, b, c] = [await join("a"), await join("b"), await join("c")];
      a.transport.broadcast(bytes("news"));
      await has(b, ["a: news"]);
      await has(c, ["a: news"]);
      b.transport.send("a", bytes("last"));
      await has(a, ["b: last"]);
    });

    test("names with dots are names, not paths", async () => {
      const names = ["a", "a.b", "a.b.c", "a-b", "all", "..."];
      const sender = await join("sender");
      const others = await Promise.all(names.map((name) => join(name)));
      for (const name of names) sender.transport.send(name, bytes(`to ${name}`));
      sender.transport.broadcast(bytes("last"));
      for (const [i, name] of names.entries()) await has(others[i] as Station, [`sender: to ${name}`, "sender: last"]);
    });

    test("hubs of any id live side by side, with nodes of the same names", async () => {
      const hubs = ["hub", "hub.node", "hub node", "*", ">", "", "h\u00fcb/%00", "\ud800"];
      const pairs = await Promise.all(hubs.map(async (hub) => [await join("a", hub), await join("b", hub)] as const));
      for (const [i, [a]] of pairs.entries()) {
        a.transport.broadcast(bytes(`all of ${i}`));
        a.transport.send("b", bytes(`b of ${i}`));
      }
      for (const [i, [a, b]] of pairs.entries()) {
        await has(b, [`a: all of ${i}`, `a: b of ${i}`]);
        expect(a.got).toEqual([]);
      }
    });

    test.each([1, 65_536, 1_048_576, 5_000_011])("a payload of %i bytes arrives as it was sent", async (size) => {
      const [a, b, c] = [await join("a"), await join("b"), await join("c")];
      const payload = new Uint8Array(randomBytes(size));
      a.transport.send("b", payload);
      a.transport.broadcast(payload);
      await until("b has both", () => b.got.length === 2);
      await until("c has one", () => c.got.length === 1);
      for (const { from, bytes: got } of [...b.got, ...c.got]) expect([from, Buffer.compare(got, payload)]).toEqual(["a", 0]);
    });

    test("many messages both ways, small and large among each other, each once", async () => {
      const [a, b] = [await join("a"), await join("b")];
      const count = 5_000;
      const payload = (i: number): Uint8Array => bytes(`${i} ${"x".repeat(i % 1_000 === 0 ? 1_500_000 : i % 200)}`);
      for (let i = 0; i < count; i++) {
        a.transport.send("b", payload(i));
        b.transport.broadcast(payload(i));
      }
      for (const station of [a, b]) {
        await until("all are there", () => station.got.length >= count || station.got.length);
        const numbers = station.got.map(({ bytes: got }) => Number.parseInt(Buffer.from(got.subarray(0, 8)).toString(), 10));
        expect(numbers.sort((one, other) => one - other)).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    });

    test("close sends what waits, then nothing comes or goes; the name is free again", async () => {
      const [a, b] = [await join("a"), await join("b")];
      a.transport.send("b", bytes("before"));
      await a.transport.close();
      await has(b, ["a: before"]);
      a.transport.send("b", bytes("after"));
      a.transport.broadcast(bytes("after"));
      b.transport.send("a", bytes("to the closed one"));
      const again = await join("a");
      again.transport.send("b", bytes("again"));
      await has(b, ["a: before", "a: again"]);
      b.transport.send("a", bytes("welcome"));
      await has(again, ["b: welcome"]);
      expect(a.got).toEqual([]);
      await a.transport.close();
    });

    test("a closed transport opens again, under another name", async () => {
      const [a, b] = [await join("a"), await join("b")];
      await a.transport.close();
      await a.open("hub", "c");
      b.transport.send("a", bytes("to the old name"));
      b.transport.send("c", bytes("to the new one"));
      await has(a, ["b: to the new one"]);
      a.transport.send("b", bytes("thanks"));
      await has(b, ["c: thanks"]);
    });

    test("a transport is for one hub: it opens once, and does nothing before", async () => {
      const a = unopened();
      a.transport.send("b", bytes("early"));
      a.transport.broadcast(bytes("early"));
      await a.open("hub", "a");
      await expect(a.open("hub", "a")).rejects.toMatchObject({ code: "HubConfigError", message: /in use/ });
      await unopened().transport.close();
      const b = await join("b");
      a.transport.send("b", bytes("on"));
      await has(b, ["a: on"]);
    });
  });
}
