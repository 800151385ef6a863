import { createCounters, type Frame, openOwn, type PlaceId, readCounters, type ServiceFrame, seal } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { box } from "./fixtures/box.js";
import { order } from "./fixtures/cell-stage.js";
import { here, ThreadStage, there } from "./fixtures/thread-stage.js";
import { Runner } from "./runner.js";

const main = "n@1/main";

/** A whole runner, on a clock of its own; what it sends is opened and kept. */
function scene(settings = {}) {
  const clock = new VirtualClock();
  const counters = createCounters();
  const lease = new Float64Array([Number.POSITIVE_INFINITY]);
  const sent: { to: PlaceId; frame: Frame }[] = [];
  const { Box, life } = box();
  const boot = { hub: "h", place: here, main, actors: [], counters, lease, settings: new ThreadStage(settings).context.settings };
  const runner = new Runner({
    boot,
    clock,
    behaviours: new Map([["box", Box.behaviour]]),
    transmit: (packet) => void sent.push(...openOwn(packet).map((frame) => ({ to: packet.to, frame }))),
  });
  const hear = (frame: Frame, from: PlaceId = there): void => runner.receive(seal(from, here, [frame], 0));
  const tell = (name: string, input?: unknown): void => {
    runner.mailer.tell("b", "a", name, input);
    runner.mailer.send(here, { type: "resolved", routes: [{ id: "a", place: here, epoch: 1 }] });
  };
  /** The types of the frames that went to a place. */
  const types = async (to: PlaceId): Promise<string[]> => {
    await settle();
    return sent.flatMap(({ to: place, frame }) => (place === to && !Array.isArray(frame) ? [frame.type] : []));
  };
  const count = (name: keyof ReturnType<typeof readCounters>): number => readCounters(counters)[name];
  return { clock, lease, sent, life, runner, hear, tell, types, count };
}

test("a message is handled by its actor here, and counted", async () => {
  const { runner, tell, count } = scene();
  await runner.control.start([order()]);
  tell("add", 3);
  await settle();
  expect([runner.cells.get("a")?.state, count("sent"), count("handled")]).toEqual([{ sum: 3 }, 1, 1]);
});

test("nothing is handled while the lease is over", async () => {
  const { clock, lease, runner, tell } = scene();
  await runner.control.start([order()]);
  tell("add", 3);
  lease[0] = clock.now() - 1;
  await settle();
  expect(runner.cells.get("a")?.state).toEqual({ sum: 0 });
  lease[0] = Number.POSITIVE_INFINITY;
  clock.advance(clock.now() + 20);
  expect(runner.cells.get("a")?.state).toEqual({ sum: 3 });
});

test("a broken invariant is reported to the main thread", async () => {
  const { runner, sent, types } = scene();
  await runner.control.start([order()]);
  const cell = runner.cells.get("a");
  for (let i = 0; i < 2; i++) cell?.unseal(cell.epoch);
  expect(await types(main)).toContain("invariantsBroken");
  const frame = sent.find(({ frame: one }) => !Array.isArray(one) && one.type === "invariantsBroken")?.frame;
  expect(frame).toMatchObject({ broken: [{ words: "an actor goes on under a higher epoch", times: 2, detail: "a at 1: 1" }] });
});

describe("an active replica", () => {
  const stand = { spec: order().spec, active: there, epoch: 11, mode: "active" } as const;

  test("is not what an order to the actor is meant for", async () => {
    const { runner } = scene();
    await runner.control.stand([stand]);
    expect(await runner.control.stop(["a"], 100)).toMatchObject([{ error: { code: "ActorNotFound" } }]);
    const move = { saga: "s", ids: ["a"], to: there, batchSize: 1 };
    expect(await runner.control.move(move)).toMatchObject([{ error: { code: "ActorNotFound" } }]);
    expect(await runner.control.yieldDuplicate("a", "l0", 100)).toMatchObject({ error: { code: "ActorNotFound" } });
    expect(runner.cells.get("a")).toMatchObject({ phase: "running", epoch: 11 });
  });

  test("that ended by itself makes room for another", async () => {
    const { runner } = scene();
    await runner.control.stand([stand]);
    await runner.cells.get("a")?.stop("self", 100);
    expect(await runner.control.stand([{ ...stand, epoch: 12 }])).toEqual([]);
    expect(runner.cells.get("a")?.epoch).toBe(12);
  });
});

describe("frames reach the part they are for", () => {
  test("frames of a source go to the target's side, those of a target to the source's", async () => {
    const { runner, hear, types } = scene();
    hear({ type: "reserve", saga: "s", actors: [{ id: "b", epoch: 2, actor: "box" }] });
    expect(await types(there)).toEqual(["reserved"]);
    await runner.control.start([order()]);
    void runner.control.move({ saga: "s", ids: ["a"], to: there, batchSize: 1 });
    await settle();
    hear({ type: "reserved", saga: `s.${here}.1`, outcomes: [{ id: "a", epoch: 2 }] });
    await settle();
    expect(await types(there)).toEqual(["reserved", "reserve", "transfer"]);
  });

  test("those of followers the streams, states the replicas", async () => {
    const { runner, hear, types } = scene({ standby: true });
    await runner.control.start([order()]);
    hear({ type: "follow", ids: ["a"] });
    await settle();
    hear({ type: "states", states: [{ id: "x", epoch: 1, sequence: 0, state: new Uint8Array(), timers: [] }] });
    expect(await types(there)).toEqual(["states", "unfollow"]);
  });

  test("the main thread's news the service", async () => {
    const { hear, types } = scene();
    const news: ServiceFrame = { type: "evacuate", node: "o@1" };
    hear(news, main);
    expect(await types(main)).toEqual(["evacuated"]);
  });

  test("what fits nowhere is counted, and reported to the main thread", async () => {
    const { runner, types, count } = scene();
    runner.receive({ from: "o@1/0.1", to: here, envelopes: 0, bytes: new Uint8Array([1]) });
    expect(await types(main)).toEqual(["badFrame"]);
    expect(count("badFrames")).toBe(1);
  });
});

test("an end is reported to the main thread, and an error of `stopping` to who ordered it", async () => {
  const { runner, life, tell, types } = scene();
  await runner.control.start([order()]);
  life.trouble = "stopping throws";
  tell("add", 1);
  await settle();
  const failures = await runner.control.stop(["a"], 100);
  expect(failures).toMatchObject([{ error: { message: "stopping throws" } }]);
  expect(await types(main)).toEqual(["resolve", "ended"]);
});

test("a thread that ends turns away what waits in its mailboxes, and takes no more", async () => {
  const { clock, lease, runner, tell, sent } = scene();
  await runner.control.start([order()]);
  lease[0] = clock.now() - 1;
  tell("add", 3);
  runner.close();
  await settle();
  const letters = sent.flatMap(({ frame }) => (!Array.isArray(frame) && frame.type === "deadLetters" ? frame.envelopes : []));
  expect(letters).toMatchObject([{ to: "a", message: "add", reason: "HubClosed" }]);
  expect(() => runner.mailer.tell("b", "a", "add", 1)).toThrow("the hub is closed");
});

test("in a thread that ends what is in hand has its fate, once, though its handler ends later", async () => {
  const { life, runner, tell, sent, count } = scene();
  await runner.control.start([order()]);
  tell("wait");
  await settle();
  runner.close();
  life.open();
  await settle();
  const letters = sent.flatMap(({ frame }) => (!Array.isArray(frame) && frame.type === "deadLetters" ? frame.envelopes : []));
  expect(letters).toMatchObject([{ to: "a", message: "wait", reason: "OutcomeUnknown" }]);
  expect([count("handled"), count("deadLettered")]).toEqual([0, 1]);
});

test("in a thread that is dead no handler begins, and no timer fires", async () => {
  const { clock, runner, tell } = scene();
  await runner.control.start([order()]);
  tell("remind", 50);
  await settle();
  tell("add", 3);
  runner.halt();
  await settle();
  while (clock.advance(clock.now() + 1_000));
  await settle();
  expect(runner.cells.get("a")?.state).toEqual({ sum: 0 });
});
