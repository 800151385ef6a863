import { describe, expect, test } from "vitest";
import { cellStage } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled } from "./fixtures/thread-stage.js";
import { HeldOutput } from "./held-output.js";

/** What an actor sends, of which the test says how much is safe; `seen`: what left, or was lost. */
async function scene() {
  const box = cellStage({ standby: true, acknowledge: "standby" });
  const figures = { handled: 0, beside: 0, safe: 0, canBeSafe: true };
  const held = new HeldOutput({
    handled: () => figures.handled,
    before: () => figures.handled - figures.beside,
    safe: () => figures.safe,
    canBeSafe: () => figures.canBeSafe,
  });
  const cell = await box.running("a", { watched: true });
  const seen: string[] = [];
  const hold = (name: string, awaited = false): boolean =>
    held.hold(cell, { send: () => void seen.push(name), lose: () => void seen.push(`${name} lost`) }, awaited);
  /** A handler is in hand until `ends`. */
  const handling = async (): Promise<void> => {
    cell.take(envelope("wait"));
    await settled();
  };
  const ends = async (): Promise<void> => {
    box.life.open();
    await settled();
    figures.handled++;
  };
  const safe = (until: number): void => {
    figures.safe = until;
    held.safeUntil(cell, until);
  };
  return { ...box, held, cell, seen, hold, handling, ends, safe, figures };
}

describe("what an actor sends", () => {
  test("waits for nothing that ended beside the handler in hand, when that may wait for what comes of it", async () => {
    const { hold, handling, figures, seen, safe, ends } = await scene();
    figures.handled = 3;
    figures.safe = 3;
    await handling();
    Object.assign(figures, { handled: 4, beside: 1, canBeSafe: false });
    expect([hold("told"), hold("asked", true)]).toEqual([true, true]);
    expect(seen).toEqual(["told", "asked"]);
    expect(hold("told later")).toBe(true);
    await ends();
    safe(5);
    expect(seen).toEqual(["told", "asked", "told later"]);
  });

  test("leaves at once when all that it handled is safe, and between two handlers", async () => {
    const { hold, held, cell } = await scene();
    expect([hold("x"), held.cleared(cell)]).toEqual([false, undefined]);
  });

  test("leaves when the state is safe that its handler ends with, in the order in which it was sent", async () => {
    const { hold, handling, ends, safe, seen } = await scene();
    await handling();
    expect([hold("tell"), hold("another")]).toEqual([true, true]);
    await ends();
    hold("reply");
    safe(0);
    expect(seen).toEqual([]);
    safe(1);
    expect(seen).toEqual(["tell", "another", "reply"]);
  });

  test("leaves without that when its handler may wait for what comes of it, and so does what was sent before", async () => {
    const { hold, handling, seen } = await scene();
    await handling();
    hold("tell");
    expect(hold("ask", true)).toBe(true);
    expect(seen).toEqual(["tell", "ask"]);
  });

  test("waits for all that was handled before, even then", async () => {
    const { hold, handling, ends, safe, seen, cell, held } = await scene();
    await handling();
    hold("tell");
    await ends();
    await handling();
    hold("ask", true);
    expect(seen).toEqual([]);
    let isClear = false;
    void held.cleared(cell)?.then(() => (isClear = true));
    safe(1);
    await settled();
    expect([seen, isClear]).toEqual([["tell", "ask"], true]);
  });

  test("is lost at once when its handler would wait for a state that cannot travel, and nothing else is", async () => {
    const { hold, handling, ends, safe, seen, figures } = await scene();
    await handling();
    hold("tell");
    await ends();
    figures.canBeSafe = false;
    await handling();
    hold("another");
    expect(hold("ask", true)).toBe(true);
    expect(seen).toEqual(["ask lost"]);
    safe(1);
    expect(seen).toEqual(["ask lost", "tell"]);
    hold("start", true);
    expect(seen).toEqual(["ask lost", "tell", "another", "start"]);
  });

  test("is lost when the actor ends before its state is safe, and leaves when its last one is", async () => {
    const { hold, handling, held, cell, seen } = await scene();
    await handling();
    hold("tell");
    held.ended(cell, false);
    hold("later");
    held.ended(cell, true);
    expect(seen).toEqual(["tell lost", "later"]);
  });

  test("of an actor that can have no standby leaves at once", async () => {
    const { held, running } = await scene();
    const alone = await running("alone");
    alone.take(envelope("wait"));
    await settled();
    expect(held.hold(alone, { send: () => {}, lose: () => {} }, false)).toBe(false);
  });
});

describe("what is to leave with the whole of what its handler did", () => {
  test("waits for the state that the handler ends with, though the handler asks others meanwhile", async () => {
    const { held, cell, seen, hold, handling, ends, safe } = await scene();
    const whole = (name: string): boolean =>
      held.holdWhole(cell, { send: () => void seen.push(name), lose: () => void seen.push(`${name} lost`) });
    expect(whole("at once")).toBe(false);
    await handling();
    expect([whole("event"), hold("ask", true), held.holds(cell)]).toEqual([true, false, true]);
    await ends();
    const cleared = held.cleared(cell);
    safe(1);
    await cleared;
    expect([seen, held.holds(cell)]).toEqual([["event"], false]);
  });

  test("is lost with a life whose last state is not safe", async () => {
    const { held, cell, seen, handling } = await scene();
    await handling();
    held.holdWhole(cell, { send: () => void seen.push("event"), lose: () => void seen.push("event lost") });
    held.ended(cell, false);
    expect(seen).toEqual(["event lost"]);
  });
});
