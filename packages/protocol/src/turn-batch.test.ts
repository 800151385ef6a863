import { describe, expect, it } from "vitest";
import { TurnBatch } from "./turn-batch.js";

const turn = (): Promise<void> => Promise.resolve();

describe("a turn batch", () => {
  it("sends what one turn brought in one piece, in order", async () => {
    const sent: number[][] = [];
    const batch = new TurnBatch<number>((items) => sent.push([...items]));
    batch.add(1);
    batch.add(2);
    batch.add(3);
    expect(sent).toEqual([]);
    expect(batch.size).toBe(3);
    await turn();
    expect(sent).toEqual([[1, 2, 3]]);
    expect(batch.size).toBe(0);
  });

  it("sends nothing when nothing was added", async () => {
    const sent: unknown[] = [];
    const batch = new TurnBatch<number>((items) => sent.push(items));
    batch.flush();
    await turn();
    expect(sent).toEqual([]);
  });

  it("puts what the sending itself adds into the next batch", async () => {
    const sent: string[][] = [];
    const batch = new TurnBatch<string>((items) => {
      sent.push([...items]);
      if (items.includes("first")) batch.add("again");
    });
    batch.add("first");
    await turn();
    await turn();
    expect(sent).toEqual([["first"], ["again"]]);
  });

  it("goes on after a sending that threw", async () => {
    const sent: number[][] = [];
    const batch = new TurnBatch<number>((items) => {
      if (items[0] === 1) throw new Error("no");
      sent.push([...items]);
    });
    batch.add(1);
    expect(() => batch.flush()).toThrow("no");
    batch.add(2);
    await turn();
    expect(sent).toEqual([[2]]);
  });

  it("sends at once on `flush`, and the rest of the turn at its end", async () => {
    const sent: number[][] = [];
    const batch = new TurnBatch<number>((items) => sent.push([...items]));
    batch.add(1);
    batch.flush();
    expect(sent).toEqual([[1]]);
    batch.add(2);
    await turn();
    expect(sent).toEqual([[1], [2]]);
  });
});
