import { type Frame, FrameKind, type Outcome } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { asked, boxCluster, homes, moved, source, target, third } from "./fixtures/box-cluster.js";
import type { MiniCluster } from "./fixtures/mini-cluster.js";

describe("the terms of a move", () => {
  test("retentionMs bounds the wait for each actor by itself: one that is not loaded in time goes on at the source", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source, "box", "restore hangs");
    await cluster.start("b", source);
    const began = cluster.clock.now();
    let outcomes: readonly Outcome[] = [];
    const order = { saga: "s", ids: ["a", "b"], to: target, batchSize: 10, retentionMs: 7 };
    void cluster.threads
      .get(source)
      ?.control.move(order)
      .then((all) => (outcomes = all));
    await cluster.until(() => outcomes.length > 0);
    expect(cluster.clock.now() - began).toBeLessThan(20);
    const errors = new Map(outcomes.map(({ id, error }) => [id, error?.message]));
    expect([errors.get("a"), errors.get("b")]).toEqual([expect.stringMatching(/step load: no answer within 7 ms/), undefined]);
    expect([homes(cluster), cluster.threads.get(target)?.cells.get("b")?.phase]).toEqual([[source], "running"]);
    expect(await asked(cluster, "a", "add", 1)).toBe(1);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])("confirm %s: of a move whose target never says that it runs the actor, %i count as done", async (confirm, done) => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    cluster.loses = (frame) => !Array.isArray(frame) && frame.type === "running";
    const { error } = await moved(cluster, target, { confirm });
    expect(error === undefined ? 1 : 0).toBe(done);
    expect(await asked(cluster, "a", "add", 1)).toBe(1);
    expect(homes(cluster)).toEqual([target]);
  });
});

describe("a move that fails before its commit leaves the actor where it was, with all it had", () => {
  test("its state, mailbox and timers are more than may travel: the mailbox waits on at the source", async () => {
    const cluster = boxCluster();
    cluster.settings.messageBytes = 2_000;
    await cluster.start("a", source);
    const [main] = cluster.mains;
    main?.mailer.tell(null, "a", "wait", undefined);
    for (let n = 0; n < 30; n++) main?.mailer.tell(null, "a", "add", 1);
    await cluster.until(() => cluster.threads.get(source)?.cells.get("a")?.waiting === 30);
    const { error } = await moved(cluster);
    expect(error?.message).toMatch(
      /ended at the step transfer: its state, with its mailbox and timers, takes \d{4} bytes.*2000 at most.*it goes on where it was/,
    );
    expect(homes(cluster)).toEqual([source]);
    expect(await asked(cluster, "a", "add", 1)).toBe(31);
    expect((await moved(cluster)).error).toBeUndefined();
    expect(await asked(cluster, "a", "add", 1)).toBe(32);
  });

  const own = [
    ["prepare throws", "transfer", /cannot be packed/],
    ["state cannot travel", "transfer", /state\.extra is a function/],
    ["state does not fit", "load", /sum/],
    ["restore throws", "load", /cannot be unpacked/],
    ["restore hangs", "load", /handoff\.\w+ of actor a did not end|no answer/],
  ] as const;
  test.each(own)("%s: the step %s", async (args, step, text) => {
    const cluster = boxCluster();
    await cluster.start("a", source, "box", args);
    expect(await asked(cluster, "a", "add", 5)).toBe(5);
    const { error } = await moved(cluster);
    expect(error).toMatchObject({ code: "HandoffFailed", message: expect.stringMatching(text), fields: { step } });
    expect(await asked(cluster, "a", "add", 1)).toBe(6);
    expect(homes(cluster)).toEqual([source]);
  });

  const unanswered = [
    ["reserve", "reserve"],
    ["reserved", "reserve"],
    ["transfer", "load"],
    ["loaded", "load"],
  ] as const;
  test.each(unanswered)("the frame %s is lost: the step %s", async (type, step) => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    cluster.loses = (frame) => !Array.isArray(frame) && frame.type === type;
    const { error } = await moved(cluster);
    expect(error).toMatchObject({ fields: { step }, message: expect.stringMatching(/answer/) });
    cluster.loses = () => false;
    expect(await asked(cluster, "a", "add", 1)).toBe(1);
    expect((await moved(cluster)).error).toBeUndefined();
    expect(await asked(cluster, "a", "add", 1)).toBe(2);
    expect(homes(cluster)).toEqual([target]);
  });

  test("the target has an actor of the id", async () => {
    const cluster = boxCluster();
    await cluster.threads.get(target)?.control.start([
      {
        spec: { id: "a", actor: "box", args: "", restart: "permanent" },
        epoch: 1,
        life: { name: "l0", restarts: 0, bornAtMs: 0 },
      },
    ]);
    await cluster.start("a", source);
    expect((await moved(cluster)).error).toMatchObject({
      fields: { step: "reserve" },
      message: expect.stringMatching(/already has/),
    });
  });

  test.each(["reserved", "loaded"] as const)(
    "the lease of its node ends before %s comes: others may run it by now",
    async (type) => {
      const cluster = boxCluster();
      await cluster.start("a", source);
      cluster.loses = (frame) => {
        if (!Array.isArray(frame) && frame.type === type) cluster.lease[0] = 0;
        return false;
      };
      const { error } = await moved(cluster);
      expect(error).toMatchObject({ code: "HandoffFailed", message: expect.stringMatching(/may not serve now/) });
      expect(homes(cluster)).toEqual([source]);
    },
  );

  test("the handler in hand never ends", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    cluster.mains[0]?.mailer.tell(null, "a", "hang", undefined);
    await cluster.until(() => cluster.threads.get(source)?.cells.get("a")?.inHand !== undefined);
    expect((await moved(cluster)).error).toMatchObject({ fields: { step: "seal" }, message: expect.stringMatching(/hang/) });
    expect(homes(cluster)).toEqual([source]);
  });

  test("its own messages are not confirmed", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    await cluster.start("b", third);
    expect(await asked(cluster, "a", "tell", "b")).toBeUndefined();
    cluster.loses = (frame) => Array.isArray(frame) && frame[0] === FrameKind.markerMet;
    expect((await moved(cluster)).error).toMatchObject({ fields: { step: "settle" } });
    cluster.loses = () => false;
    expect(await asked(cluster, "b", "add", 1)).toBe(2);
    expect(homes(cluster)).toEqual([source]);
  });
});

describe("what is on its way while an actor moves", () => {
  test("follows it, and does not go back to who sent it", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    expect(await asked(cluster, "a", "add", 1)).toBe(1);
    const late = 3;
    let told = 0;
    cluster.loses = (frame) => {
      // The target runs already, and its senders do not know.
      if (!Array.isArray(frame) && frame.type === "commit")
        for (; told < late; told++) cluster.mains[0]?.mailer.tell(null, "a", "add", 1);
      return false;
    };
    expect((await moved(cluster)).error).toBeUndefined();
    expect(await asked(cluster, "a", "add", 0)).toBe(1 + late);
    expect(cluster.total("forwarded")).toBeGreaterThanOrEqual(late);
    expect(cluster.total("bounced")).toBe(0);
  });

  test("finds a forwarding entry until a marker along it was answered, however long it rests", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    expect((await moved(cluster)).error).toBeUndefined();
    const entries = (): number | undefined => cluster.threads.get(source)?.mailer.forwardings.size;
    cluster.loses = (frame) => Array.isArray(frame) && frame[0] === FrameKind.markerMet;
    const fromMs = cluster.clock.now();
    expect(await cluster.until(() => cluster.clock.now() > fromMs + 10 * cluster.settings.deliveryMs)).toBe(true);
    expect(entries()).toBe(1);
    cluster.loses = () => false;
    expect(await cluster.until(() => entries() === 0)).toBe(true);
  });

  test("goes along with its sender when its actor has no place yet, though it was sent longer ago than a link needs", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    await cluster.start("b", third);
    cluster.loses = (frame) => !Array.isArray(frame) && frame.type === "resolved";
    cluster.threads.get(source)?.cells.get("a")?.noteRecipient("b");
    cluster.threads.get(source)?.mailer.tell("a", "b", "add", 1);
    const fromMs = cluster.clock.now();
    expect(await cluster.until(() => cluster.clock.now() > fromMs + 2 * cluster.settings.deliveryMs)).toBe(true);
    expect((await moved(cluster)).error).toBeUndefined();
    expect([source, target].map((place) => cluster.threads.get(place)?.mailer.routes.heldEnvelopes)).toEqual([0, 1]);
    cluster.loses = () => false;
    expect(await cluster.until(() => cluster.noise === "")).toBe(true);
    expect(await asked(cluster, "b", "add", 1)).toBe(2);
  });
});

describe("an actor that is to end while it is on its way out ends where it is, and handles nothing more", () => {
  const ends = [
    ["a stop", (cluster: MiniCluster) => cluster.threads.get(source)?.control.stop(["a"], 100)],
    ["a duplicate that goes on", (cluster: MiniCluster) => cluster.threads.get(source)?.control.yieldDuplicate("a", "l0", 100)],
  ] as const;
  const steps = ["reserve", "reserved", "markerMet", "transfer", "loaded"] as const;
  const isStep = (frame: Frame, step: string): boolean =>
    Array.isArray(frame) ? step === "markerMet" && frame[0] === FrameKind.markerMet : frame.type === step;
  test.each(ends.flatMap(([what, end]) => steps.map((step) => [what, step, end] as const)))(
    "%s, while %s does not come",
    async (_, step, end) => {
      const cluster = boxCluster();
      await cluster.start("a", source);
      await cluster.start("b", third);
      await asked(cluster, "a", "tell", "b");
      const [main] = cluster.mains;
      const cell = cluster.threads.get(source)?.cells.get("a");
      let ended: unknown;
      let lost = false;
      cluster.loses = (frame) => {
        if (lost || !isStep(frame, step)) return false;
        for (let n = 0; n < 3; n++) main?.mailer.tell(null, "a", "add", 1);
        void end(cluster)?.then((answer) => (ended = answer));
        return (lost = true);
      };
      const began = cluster.clock.now();
      const outcome = moved(cluster);
      expect(await cluster.until(() => ended !== undefined)).toBe(true);
      expect(cluster.clock.now() - began).toBeLessThan(cluster.settings.handoffTimeoutMs / 2);
      expect(cell?.phase).toBe("ended");
      expect((await outcome).error?.message).toMatch(/ended \((stop|conflict)\) before it could move|it ends where it was/);
      expect([homes(cluster), cell?.state]).toEqual([[], { sum: 0, from: [] }]);
      expect(cluster.threads.get(target)?.cells.has("a")).toBe(false);
    },
  );

  test("after the commit it ends at its new place", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    let failures: readonly unknown[] | undefined;
    cluster.loses = (frame) => {
      if (!Array.isArray(frame) && frame.type === "commit")
        void cluster.threads
          .get(source)
          ?.control.stop(["a"], 100)
          .then((all) => (failures = all));
      return false;
    };
    expect((await moved(cluster)).error).toBeUndefined();
    await cluster.until(() => failures !== undefined);
    expect(failures).toMatchObject([{ error: { code: "ActorNotFound" } }]);
    expect(homes(cluster)).toEqual([target]);
  });
});

test("a move from a node that may not serve ends when its actor is renumbered, and does not hinder that", async () => {
  const cluster = boxCluster();
  await cluster.start("a", source);
  await cluster.start("b", third);
  await asked(cluster, "a", "tell", "b");
  const began = cluster.clock.now();
  cluster.loses = (frame) => {
    if (!Array.isArray(frame) || frame[0] !== FrameKind.markerMet) return false;
    cluster.lease[0] = 0;
    cluster.threads.get(source)?.mailer.send(source, { type: "renumber", actors: [{ id: "a", epoch: 5_000 }] });
    return true;
  };
  const outcome = moved(cluster);
  expect(await cluster.until(() => cluster.threads.get(source)?.cells.get("a")?.epoch === 5_000)).toBe(true);
  expect(cluster.clock.now() - began).toBeLessThan(cluster.settings.handoffTimeoutMs / 2);
  expect((await outcome).error?.message).toMatch(/step settle: this node may not serve/);
  expect(cluster.threads.get(source)?.cells.get("a")?.epoch).toBe(5_000);
});

test("a stop in order to start elsewhere ends when what the actor sent has arrived", async () => {
  const cluster = boxCluster();
  await cluster.start("a", source);
  await cluster.start("b", third);
  await asked(cluster, "a", "tell", "b");
  const sum = (): unknown => (cluster.threads.get(third)?.cells.get("b")?.state as { sum: number } | undefined)?.sum;
  let then: unknown;
  const runner = cluster.threads.get(source);
  runner?.mailer.tell("a", "b", "add", 1);
  void runner?.control.stop(["a"], 100, true).then(() => (then = sum()));
  await cluster.until(() => then !== undefined);
  expect(then).toBe(2);
});

describe("a place that dies in the middle of a move", () => {
  const frames = ["reserve", "reserved", "transfer", "loaded", "departed", "commit", "running", "arrived"] as const;
  const deaths = frames.flatMap((type) => [[source, type] as const, [target, type] as const]);
  test.each(deaths)("%s when %s arrives: one copy runs, and no ask waits for ever", async (dies, type) => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    await asked(cluster, "a", "add", 1);
    cluster.loses = (frame, _from, to) => {
      if (Array.isArray(frame) || frame.type !== type) return false;
      cluster.loses = () => false;
      cluster.kill(dies);
      return to === dies;
    };
    let settled = 0;
    for (let n = 0; n < 5; n++)
      cluster.mains[0]?.mailer
        .ask(null, "a", "add", 1)
        .catch(() => {})
        .then(() => settled++);
    const [main] = cluster.mains;
    await moved(cluster);
    expect(
      await cluster.until(
        () => settled === 5 && homes(cluster).length === 1 && main?.registry.get("a")?.place === homes(cluster)[0],
      ),
    ).toBe(true);
    expect(await asked(cluster, "a", "add", 1)).toEqual(expect.any(Number));
    expect(cluster.problems).toEqual([]);
  });

  test("the source, after the commit: the actor runs at the target, with its state", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = boxCluster(seed);
      await cluster.start("a", source);
      await asked(cluster, "a", "add", 41);
      cluster.loses = (frame) => {
        if (!Array.isArray(frame) && frame.type === "departed") cluster.kill(source, "kept");
        return false;
      };
      await moved(cluster);
      await asked(cluster, "a", "add", 0); // May have been on its way to the source.
      expect(await asked(cluster, "a", "add", 1)).toBe(42);
      expect(homes(cluster)).toEqual([target]);
    }
  });

  test("the target, once it runs: its mailbox is counted as sent there by the source", async () => {
    const cluster = boxCluster();
    await cluster.start("a", source);
    const cell = cluster.threads.get(source)?.cells.get("a");
    cluster.mains[0]?.mailer.tell(null, "a", "wait", undefined);
    for (let n = 0; n < 3; n++) cluster.mains[0]?.mailer.tell(null, "a", "add", 1);
    expect(await cluster.until(() => cell?.waiting === 3)).toBe(true);
    cluster.loses = (frame) => {
      if (Array.isArray(frame) || frame.type !== "commit") return false;
      cluster.kill(target);
      return true;
    };
    await moved(cluster);
    expect(await asked(cluster, "a", "add", 1)).toEqual(expect.any(Number));
    const ended = cluster.total("handled") + cluster.total("refused") + cluster.total("deadLettered");
    expect(cluster.total("sent") - ended).toBe(3);
    expect(cluster.total("posted") - cluster.total("received")).toBe(cluster.total("sent") - ended);
  });
});
