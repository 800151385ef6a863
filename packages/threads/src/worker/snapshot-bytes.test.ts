import { type ActorSnapshot, encode, FrameKind } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { snapshotBytes } from "./snapshot-bytes.js";

const bytes = (size: number): Uint8Array => new Uint8Array(size);

function snapshot(more: Partial<ActorSnapshot>): ActorSnapshot {
  const spec = { id: "a", actor: "box", args: undefined, restart: "permanent" as const };
  return {
    handled: 0,
    spec,
    epoch: 1,
    state: bytes(0),
    mailbox: [],
    timers: [],
    life: { name: "l0", restarts: 0, bornAtMs: 0 },
    sealedAtMs: 0,
    ...more,
  };
}

test.each<[string, Partial<ActorSnapshot>]>([
  ["nothing", {}],
  ["a state", { state: bytes(10_000) }],
  ["messages", { mailbox: [[FrameKind.envelope, "a", 3, "add", bytes(500), "m@1/main", "sender", 7, 1_000]] }],
  ["timers", { timers: [{ key: "key", inMs: 1_000, name: "add", payload: bytes(700) }] }],
])("with %s the figure is what it takes encoded, or up to 300 bytes more", (_, more) => {
  const whole = snapshot(more);
  const { spec, ...rest } = whole;
  const encoded = encode(rest).byteLength;
  expect(spec.id).toBe("a");
  expect(snapshotBytes(whole)).toBeGreaterThanOrEqual(encoded - 60);
  expect(snapshotBytes(whole)).toBeLessThanOrEqual(encoded + 300);
});

test("each message and each timer adds what it holds", () => {
  const payload = bytes(100);
  const timer = { key: "k", inMs: 1, name: "n", payload };
  const one = snapshotBytes(snapshot({ timers: [timer] }));
  const two = snapshotBytes(snapshot({ timers: [timer, timer] }));
  expect(two - one).toBe(100 + 32 + 2);
});
