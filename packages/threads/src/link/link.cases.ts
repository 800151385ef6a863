/**
 * The laws of links, run on each implementation.
 * Without them the inline link of simulations could behave as no MessagePort does, and a green simulation would say little.
 */
import { encode, type Packet } from "@process-hub/protocol";
import { afterEach, describe, expect, test } from "vitest";
import type { Link } from "./link.js";

const packet = (n: number): Packet => ({ from: "n@1/0.0", to: "n@1/1.0", envelopes: n, bytes: new Uint8Array(encode([n])) });

/** The laws of every link; `pair` makes both ends of one, `turn` resolves when what was sent before has had time to come. */
export function linkCases(name: string, pair: () => readonly [one: Link, other: Link], turn: () => Promise<void>): void {
  describe(`${name} keeps the laws of links`, () => {
    const made: Link[] = [];
    const link = () => {
      const [one, other] = pair();
      made.push(one, other);
      const [atOne, atOther]: [number[], number[]] = [[], []];
      one.onPacket(({ envelopes }) => void atOne.push(envelopes));
      other.onPacket(({ envelopes }) => void atOther.push(envelopes));
      return { one, other, atOne, atOther };
    };
    afterEach(() => {
      for (const each of made.splice(0)) each.close();
    });

    test("packets come at the other end alone, in order, and never within send", async () => {
      const { one, other, atOne, atOther } = link();
      for (const n of [1, 2, 3]) one.send(packet(n));
      other.send(packet(9));
      expect([atOne, atOther]).toEqual([[], []]);
      await turn();
      expect([atOne, atOther]).toEqual([[9], [1, 2, 3]]);
    });

    test("a packet comes as it was sent", async () => {
      const [one, other] = pair();
      made.push(one, other);
      const came = new Promise<Packet>((resolve) => other.onPacket(resolve));
      one.send(packet(5));
      const { from, to, envelopes, bytes } = await came;
      expect({ from, to, envelopes, bytes: [...bytes] }).toEqual({ ...packet(5), bytes: [...packet(5).bytes] });
    });

    test("packets sent before an end closed still arrive, and only then the other end is drained", async () => {
      const { one, other, atOther } = link();
      const drained = other.drained();
      let isDrained = false;
      void drained?.then(() => (isDrained = true));
      await turn();
      expect(isDrained).toBe(false);
      for (const n of [1, 2]) one.send(packet(n));
      one.close();
      await drained;
      expect([atOther, other.drained()]).toEqual([[1, 2], undefined]);
    });

    test("of two listeners the later one gets the packets", async () => {
      const { one, other, atOther } = link();
      const later: number[] = [];
      other.onPacket(({ envelopes }) => void later.push(envelopes));
      one.send(packet(1));
      await turn();
      expect([atOther, later]).toEqual([[], [1]]);
    });

    test("when an end has closed, nothing more travels either way", async () => {
      const { one, other, atOne, atOther } = link();
      one.close();
      await other.drained();
      one.send(packet(1));
      other.send(packet(2));
      await turn();
      expect([atOne, atOther]).toEqual([[], []]);
    });

    test("an end that closed itself is drained as well, and may close again", async () => {
      const { one } = link();
      const drained = one.drained();
      one.close();
      one.close();
      await drained;
      expect(one.drained()).toBeUndefined();
    });
  });
}
