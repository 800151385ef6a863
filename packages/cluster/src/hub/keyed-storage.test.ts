import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { KeyedStorage } from "./keyed-storage.js";

const made = (limits = { keys: 3, bytes: 10_000 }) => {
  const clock = new VirtualClock();
  return { clock, storage: new KeyedStorage(clock, limits, 1_000) };
};

describe("keyed storage", () => {
  test("gives back what was set, until it is set anew or deleted", () => {
    const { storage } = made();
    storage.set("a", { team: 7 });
    storage.set("b", [1, 2]);
    storage.set("a", new Map([["k", new Date(0)]]));
    expect([storage.get("a"), storage.size, storage.entries()]).toEqual([
      new Map([["k", new Date(0)]]),
      2,
      [
        ["b", [1, 2]],
        ["a", new Map([["k", new Date(0)]])],
      ],
    ]);
    expect([storage.delete("a"), storage.delete("a"), storage.get("a"), storage.size]).toEqual([true, false, undefined, 1]);
  });

  test("keeps a copy, and gives copies: a change of one reaches no other", () => {
    const { storage } = made();
    const given = { list: [1] };
    storage.set("a", given);
    given.list.push(2);
    (storage.get("a") as typeof given).list.push(3);
    expect(storage.get("a")).toEqual({ list: [1] });
  });

  test("a value is gone the instant its time is over, whether the janitor came or not", async () => {
    const { storage, clock } = made();
    storage.set("short", 1, { ttlMs: 100 });
    storage.set("long", 2);
    await clock.run(99);
    expect(storage.get("short")).toBe(1);
    await clock.run(1);
    expect([storage.get("short"), storage.size, storage.entries(), storage.delete("short")]).toEqual([
      undefined,
      1,
      [["long", 2]],
      false,
    ]);
  });

  test("the janitor frees what is over, and rests when nothing ages", async () => {
    const { storage, clock } = made();
    storage.set("stays", 0);
    const bytes = storage.heldBytes;
    expect(clock.pending).toBe(0);
    storage.set("short", "x".repeat(500), { ttlMs: 100 });
    storage.set("later", "y", { ttlMs: 1_500 });
    await clock.run(1_000);
    expect([storage.heldBytes < bytes + 500, clock.pending]).toEqual([true, 1]);
    await clock.run(1_000);
    expect([storage.heldBytes, clock.pending]).toEqual([bytes, 0]);
  });

  test("is bounded in keys and bytes: what does not fit is refused, what was there stays; values that are over make room", async () => {
    const { storage, clock } = made();
    storage.set("a", 1, { ttlMs: 10 });
    storage.set("b", 1);
    storage.set("c", 1);
    expect(() => storage.set("d", 1)).toThrow(expect.objectContaining({ code: "MailboxFull" }));
    expect(() => storage.set("b", "x".repeat(10_000))).toThrow(expect.objectContaining({ code: "MailboxFull" }));
    storage.set("b", 2);
    await clock.run(10);
    storage.set("d", 1);
    expect(storage.entries()).toEqual([
      ["c", 1],
      ["b", 2],
      ["d", 1],
    ]);
  });

  test.each([
    ["a function", (storage: KeyedStorage) => storage.set("a", () => {}), "NotSerializable"],
    ["an instance of a class", (storage: KeyedStorage) => storage.set("a", { made: new (class Made {})() }), "NotSerializable"],
    ["an empty key", (storage: KeyedStorage) => storage.set("", 1), "HubConfigError"],
    ["a key that is no text", (storage: KeyedStorage) => storage.get(5 as never), "HubConfigError"],
    ["a ttlMs of 0", (storage: KeyedStorage) => storage.set("a", 1, { ttlMs: 0 }), "HubConfigError"],
    ["another option", (storage: KeyedStorage) => storage.set("a", 1, { ttl: 5 } as never), "HubConfigError"],
  ])("refuses %s", (_what, act, code) => {
    const { storage } = made();
    expect(() => act(storage)).toThrow(expect.objectContaining({ code }));
    expect(storage.size).toBe(0);
  });

  test("is empty and takes nothing once it is closed", () => {
    const { storage, clock } = made();
    storage.set("a", 1, { ttlMs: 5 });
    storage.close();
    expect([storage.get("a"), storage.size, clock.pending]).toEqual([undefined, 0, 0]);
    expect(() => storage.set("a", 1)).toThrow(expect.objectContaining({ code: "HubClosed" }));
  });
});
