import { describe, expect, test } from "vitest";
import { asked, boxTown, fourth, homes, moved, source, target, third } from "./fixtures/box-town.js";
import type { Town } from "./fixtures/town.js";

test("a copy that was to give way and has left takes no other copy with it that was started here since", async () => {
  const town = boxTown();
  await town.start("a", source);
  await moved(town);
  const runner = town.threads.get(source);
  const spec = { id: "a", actor: "box", args: "none", restart: "permanent" as const };
  expect(await runner?.control.start([{ spec, epoch: 1_001, bornAtMs: 5 }])).toEqual([]);
  expect(await runner?.control.yieldDuplicate("a", 0, 100)).toMatchObject({ merges: false, error: { code: "ActorNotFound" } });
  expect(runner?.cells.get("a")?.phase).toBe("running");
  expect(await runner?.control.yieldDuplicate("a", 5, 100)).toMatchObject({ merges: false, state: expect.anything() });
  expect(runner?.cells.has("a")).toBe(false);
});

test("a start that comes while another copy is ending begins when that has ended", async () => {
  const town = boxTown();
  await town.start("a", source);
  const runner = town.threads.get(source);
  const old = runner?.cells.get("a");
  town.mains[0]?.mailer.tell(null, "a", "wait", undefined);
  await town.until(() => old?.inHand !== undefined);
  const spec = { id: "a", actor: "box", args: "none", restart: "permanent" as const };
  let failures: readonly unknown[] | undefined;
  void runner?.control.yieldDuplicate("a", 0, 100);
  void runner?.control.start([{ spec, epoch: 1_001, bornAtMs: 5 }]).then((all) => (failures = all));
  await town.until(() => failures !== undefined);
  expect(failures).toEqual([]);
  expect([old?.phase, runner?.cells.get("a")?.epoch]).toEqual(["ended", 1_001]);
});

describe("what waits in a copy that gives way", () => {
  const spec = { id: "x", actor: "box", args: "none", restart: "permanent" as const };

  /** "x" has work in hand at `target` that does not end, and a message of "a" behind it. */
  async function busy(): Promise<Town> {
    const town = boxTown();
    await town.start("x", target);
    await town.start("a", source);
    town.mains[0]?.mailer.tell(null, "x", "hang", undefined);
    await tells(town, 1);
    return town;
  }

  const turnedAway = (town: Town): string[] => town.deadLetters.filter((envelope) => envelope.includes('"add"'));

  const waiting = (town: Town): number | undefined => town.threads.get(target)?.cells.get("x")?.waiting;

  async function tells(town: Town, behind: number): Promise<void> {
    await asked(town, "a", "tell", "x");
    await town.until(() => waiting(town) === behind);
  }

  /** Another copy goes on at `third`; the sum of what it is told in the end. */
  async function sumElsewhere(town: Town): Promise<unknown> {
    await town.threads.get(third)?.control.start([{ spec, epoch: 1_001, bornAtMs: 5 }]);
    for (const main of town.mains) main.registry.set("x", { place: third, epoch: 1_001 });
    void town.threads.get(target)?.control.yieldDuplicate("x", 0, 100);
    await town.until(() => town.noise === "");
    return asked(town, "x", "add", 0);
  }

  test("is sent to the other one by senders that stayed where they were", async () => {
    const town = await busy();
    await tells(town, 2);
    expect(await sumElsewhere(town)).toBe(2);
    expect(turnedAway(town)).toEqual([]);
  });

  test("is turned away where its sender has left: it has written from elsewhere since", async () => {
    const town = await busy();
    expect((await moved(town, fourth)).error).toBeUndefined();
    await tells(town, 2);
    expect(await sumElsewhere(town)).toBe(1);
    expect(turnedAway(town)).toEqual([expect.stringMatching(/ActorStopped/)]);
  });

  test("is turned away where its sender has left, and is back", async () => {
    const town = await busy();
    expect((await moved(town, fourth)).error).toBeUndefined();
    await tells(town, 2);
    void town.threads.get(fourth)?.control.move({ saga: "back", ids: ["a"], to: source, batchSize: 1 });
    expect(await town.until(() => homes(town)[0] === source)).toBe(true);
    expect(await sumElsewhere(town)).toBe(0);
  });

  test("is turned away where later mail went to the other copy, though this one has gone on under a later epoch", async () => {
    const town = await busy();
    const mailer = town.threads.get(source)?.mailer;
    await town.threads.get(third)?.control.start([{ spec, epoch: 1_001, bornAtMs: 5 }]);
    mailer?.routes.moved("x", 1_001, third);
    await asked(town, "a", "tell", "x");
    await town.until(() => town.threads.get(third)?.cells.get("x")?.waiting === 0 && town.total("handled") > 2);
    town.threads.get(target)?.mailer.send(target, { type: "renumber", actors: [{ id: "x", epoch: 3_001 }] });
    void town.threads.get(target)?.control.yieldDuplicate("x", 0, 100);
    await town.until(() => town.noise === "");
    expect(turnedAway(town)).toEqual([expect.stringMatching(/ActorStopped/)]);
  });
});
