import { TurnBatch } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { Inbox, Priority } from "./inbox.js";

function desk() {
  const clock = new VirtualClock();
  const [locks, failures, served]: [boolean[], unknown[], string[]] = [[], [], []];
  const inbox = new Inbox({
    clock,
    lockRecoveryMs: 1_000,
    lockChanged: (locked) => locks.push(locked),
    failed: (error) => failures.push(error),
  });
  const push = (priority: Priority, name: string): void => inbox.push(priority, () => void served.push(name));
  return { clock, inbox, locks, failures, served, push };
}

describe("an inbox", () => {
  test("serves one event at a time, in the order they came", async () => {
    const { clock, inbox, served } = desk();
    for (const [name, ms] of [
      ["slow", 30],
      ["quick", 0],
    ] as const) {
      inbox.push(Priority.call, async () => {
        served.push(`${name} begins`);
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
        served.push(`${name} ends`);
      });
    }
    await clock.run(100);
    expect(served).toEqual(["slow begins", "slow ends", "quick begins", "quick ends"]);
  });

  test("reports an event that fails, and serves the next", async () => {
    const { clock, inbox, failures, served, push } = desk();
    inbox.push(Priority.call, () => {
      throw new Error("thrown");
    });
    inbox.push(Priority.call, () => Promise.reject(new Error("rejected")));
    push(Priority.call, "after");
    await clock.run(1);
    expect([failures.map(String), served]).toEqual([["Error: thrown", "Error: rejected"], ["after"]]);
  });

  test("lets through what is at the lock's level or above, the rest waits in order", async () => {
    const { clock, inbox, locks, served, push } = desk();
    const unlock = inbox.lock(Priority.call);
    push(Priority.membership, "join");
    push(Priority.housekeeping, "sweep");
    push(Priority.recovery, "restart");
    push(Priority.call, "call");
    await clock.run(10);
    expect([served, inbox.locked, locks]).toEqual([["restart", "call"], true, [true]]);
    unlock();
    await clock.run(10);
    expect([served, inbox.locked, locks]).toEqual([["restart", "call", "join", "sweep"], false, [true, false]]);
  });

  test("takes a forgotten lock away, and a late unlock of it frees no other", async () => {
    const { clock, inbox, served, push } = desk();
    const forgotten = inbox.lock(Priority.recovery);
    push(Priority.call, "call");
    await clock.run(999);
    expect(served).toEqual([]);
    await clock.run(2);
    expect([served, inbox.locked]).toEqual([["call"], false]);
    inbox.lock(Priority.recovery);
    forgotten();
    expect(inbox.locked).toBe(true);
  });

  test("serves many in several turns, in the order they came, whatever their levels", async () => {
    const { clock, served, push } = desk();
    const names = Array.from({ length: 250 }, (_, i) => `event ${i}`);
    names.forEach((name, i) => {
      push(i % 2 === 0 ? Priority.housekeeping : Priority.recovery, name);
    });
    await settle();
    expect(served).toEqual(names.slice(0, 100));
    expect(clock.turn()).toBe(true);
    await settle();
    expect(served).toEqual(names.slice(0, 200));
    await clock.run(1);
    expect(served).toEqual(names);
  });

  test("serves those that wait one right after the other, and what they say goes out together", async () => {
    const { inbox } = desk();
    const said: string[][] = [];
    const batch = new TurnBatch<string>((some) => void said.push([...some]));
    for (const name of ["a", "b", "c"]) inbox.push(Priority.call, () => batch.add(name));
    batch.add("by who pushes");
    await settle();
    expect(said).toEqual([
      ["a", "by who pushes"],
      ["b", "c"],
    ]);
  });

  test("serves nothing once closed", async () => {
    const { clock, inbox, served, push } = desk();
    inbox.lock(Priority.recovery);
    push(Priority.call, "waits");
    inbox.close();
    push(Priority.recovery, "late");
    await clock.run(5_000);
    expect(served).toEqual([]);
  });
});
