import { ActorStopped, refusal } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ActorContext } from "../definition/context.js";
import { defineActor } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { diary } from "../fixtures/diary.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";

const onError: OnError = "restart";
const head = { name: "s", module: "file:///s.js", state: z.object({ n: z.int() }), onError, init: () => ({ n: 0 }) };
const forced = (text: RegExp) => expect.objectContaining({ code: "ActorStopped", message: expect.stringMatching(text) });

describe("a stop", () => {
  test("ends the actor; what waits is refused, by another error than after a crash", async () => {
    const { cell, tell, ask, marker, seen } = stage(diary().Diary);
    const asked = ask("read");
    tell("write", "x");
    cell.take(marker(1));
    cell.begin();
    await cell.stop("stop", 100);
    await expect(asked).rejects.toBeInstanceOf(ActorStopped);
    expect(seen).toEqual(["markerMet 1", "dead write ActorStopped", "ended: stop"]);
    expect(cell.phase).toBe("ended");
  });

  test("that nobody asked for, so that the actor goes on elsewhere, refuses what waits by the error it was given", async () => {
    const { cell, ask } = stage(diary().Diary);
    const asked = ask("read");
    cell.begin();
    await cell.stop("stop", 100, refusal("Partitioned", "its node does not serve", { id: "d" }));
    await expect(asked).rejects.toMatchObject({ code: "Partitioned", message: "its node does not serve" });
  });

  describe("since its node pauses keeps the timers for the last state", () => {
    const Sleeper = defineActor(head)
      .on("sleep", {}, (_, __, ctx) => ctx.schedule("nap", 1_000, "wake"))
      .on("rest", {}, (_, __, ctx) => new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve())))
      .on("wake", {}, () => {});
    const pause = refusal("Partitioned", "its node does not serve", { id: "s" });
    const asleep = async () => {
      const staged = stage(Sleeper, { watched: true });
      staged.tell("sleep");
      staged.cell.begin();
      await staged.clock.run(0);
      return staged;
    };
    const kept = ({ cell }: Awaited<ReturnType<typeof asleep>>) => cell.kept?.timers.map(({ key }) => key);

    test("whatever it did", async () => {
      const staged = await asleep();
      await staged.cell.stop("stop", 100, pause);
      expect(kept(staged)).toEqual(["nap"]);
    });

    test("when it was about to move", async () => {
      const staged = await asleep();
      await staged.cell.seal(100);
      await staged.cell.stop("stop", 100, pause);
      expect(kept(staged)).toEqual(["nap"]);
    });

    test("when somebody else had it stop before; and no other stop does", async () => {
      const staged = await asleep();
      staged.tell("rest");
      await staged.clock.run(0);
      const stopped = staged.cell.stop("stop", 100);
      await Promise.all([stopped, staged.cell.stop("stop", 100, pause)]);
      expect(kept(staged)).toEqual(["nap"]);
      const other = await asleep();
      await other.cell.stop("stop", 100);
      expect(kept(other)).toBeUndefined();
    });
  });

  test("waits for the async handler in hand, whose caller has its reply", async () => {
    const { Diary, open } = diary();
    const { cell, ask, seen, clock } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    const waiting = ask("read");
    await clock.run(0);
    const stopped = cell.stop("drain", 100);
    await clock.run(99);
    expect(seen).toEqual([]);
    open();
    await stopped;
    await expect(slow).resolves.toBe("a");
    await expect(waiting).rejects.toBeInstanceOf(ActorStopped);
    expect(seen).toEqual(["ended: drain"]);
    expect(clock.pending).toBe(0);
  });

  test("of a handler that throws in its last moment does not restart it", async () => {
    const { Diary, open } = diary();
    const { cell, ask, seen, clock } = stage(Diary);
    cell.begin();
    const failing = ask("failLater", "x");
    await clock.run(0);
    const stopped = cell.stop("stop", 100);
    open();
    await expect(failing).rejects.toThrow("x");
    await stopped;
    expect(seen).toEqual(["ended: stop"]);
  });

  test("by force at the deadline: what the ask in hand did nobody knows, and a late result of its handler is dropped", async () => {
    const { Diary, open } = diary();
    const { cell, ask, seen, host, clock } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    await clock.run(0);
    const stopped = expect(cell.stop("stop", 100)).rejects.toEqual(forced(/its handler of slow did not end within 100 ms/));
    const unknown = expect(slow).rejects.toMatchObject({ code: "OutcomeUnknown", message: expect.stringMatching(/by force/) });
    await clock.run(100);
    await stopped;
    await unknown;
    open();
    await clock.run(0);
    expect(seen).toEqual(["ended: stop"]);
    expect([host.counts.get("handled"), host.counts.get("refused")]).toEqual([undefined, 1]);
  });

  test("that nobody waits for, whose `stopping` does not end, has the deadline of an `init`", async () => {
    const Hangs = defineActor(head)
      .on("leave", {}, (_, __, ctx) => ctx.stopSelf())
      .lifecycle({ stopping: () => new Promise<never>(() => {}) });
    const { cell, ask, seen, clock } = stage(Hangs);
    cell.begin();
    await ask("leave");
    await clock.run(299);
    expect(cell.phase).toBe("stopping");
    await clock.run(1);
    expect(seen.at(-2)).toBe("ended: stopSelf");
    expect(seen.at(-1)).toMatch(/stopping of actor a threw/);
  });

  test("by force makes a tell in hand a dead letter", async () => {
    const { cell, tell, seen, clock } = stage(diary().Diary);
    cell.begin();
    tell("slow", "a");
    await clock.run(0);
    const stopped = expect(cell.stop("stop", 100)).rejects.toBeInstanceOf(ActorStopped);
    await clock.run(100);
    await stopped;
    expect(seen).toEqual(["dead slow OutcomeUnknown", "ended: stop"]);
  });

  test("of an actor that still starts waits for its start, and runs no `started` after the end", async () => {
    const { open, opened } = gate();
    const lives: string[] = [];
    const Slow = defineActor({ ...head, init: () => opened.then(() => ({ n: 1 })) }).lifecycle({
      started: () => void lives.push("started"),
      stopping: ({ n }) => void lives.push(`stopping ${n}`),
    });
    const first = stage(Slow);
    const begun = first.cell.begin();
    const stopped = first.cell.stop("stop", 100);
    const second = stage(Slow);
    const late = expect(second.cell.begin()).rejects.toBeInstanceOf(ActorStopped);
    const byForce = expect(second.cell.stop("stop", 100)).rejects.toEqual(forced(/its handler of start/));
    await second.clock.run(100);
    await byForce;
    open();
    await Promise.all([begun, stopped, late]);
    expect(lives).toEqual(["started", "stopping 1"]);
  });

  test("of an actor that waits between a crash and its next life ends it at once", async () => {
    const { Diary } = diary();
    const { cell, ask, tell, seen, clock } = stage(Diary);
    cell.begin();
    await expect(ask("fail", "1")).rejects.toThrow("1");
    tell("fail", "2");
    await clock.run(0);
    await cell.stop("stop", 100);
    expect(seen).toEqual(["restarted: 1", "ended: stop"]);
    expect(clock.pending).toBe(0);
  });

  test("of a crashing actor while its new start is slow ends it", async () => {
    const { open, opened } = gate();
    let starts = 0;
    const Slow = defineActor({ ...head, init: () => (starts++ === 0 ? { n: 0 } : opened.then(() => ({ n: 1 }))) }).on(
      "fail",
      {},
      () => {
        throw new Error("x");
      },
    );
    const { cell, tell, seen, clock } = stage(Slow);
    cell.begin();
    tell("fail");
    await clock.run(0);
    const stopped = cell.stop("stop", 100);
    open();
    await stopped;
    expect(seen).toEqual(["restarted: x", "ended: stop"]);
  });

  test("asked for twice ends the actor once", async () => {
    let times = 0;
    const { cell, seen } = stage(defineActor(head).lifecycle({ stopping: async () => void times++ }));
    cell.begin();
    await Promise.all([cell.stop("stop", 100), cell.stop("again", 100)]);
    await cell.stop("and again", 100);
    expect(times).toBe(1);
    expect(seen).toEqual(["ended: stop"]);
  });

  test("of a cell between two places is refused: its messages are the other's", async () => {
    const { cell } = stage(diary().Diary);
    cell.begin();
    await cell.seal(100);
    await cell.pack();
    await expect(cell.stop("stop", 100)).rejects.toEqual(expect.objectContaining({ code: "HandoffFailed" }));
  });

  test("turns later mail away", async () => {
    const { cell, ask, tell, marker, seen } = stage(diary().Diary);
    cell.begin();
    await cell.stop("stop", 100);
    await expect(ask("read")).rejects.toBeInstanceOf(ActorStopped);
    tell("write", "x");
    cell.take(marker(4));
    expect(seen).toEqual(["ended: stop", "dead write ActorStopped", "markerMet 4"]);
  });
});

describe("`stopping`", () => {
  const withStopping = (stopping: (state: { n: number }, reason: string) => void | Promise<void>) =>
    defineActor(head)
      .lifecycle({ stopping })
      .on("add", {}, (state) => ++state.n)
      .on("leave", {}, (_, __, ctx) => ctx.stopSelf("had enough"));

  test("has the state and the reason; mail that comes meanwhile is refused at the end", async () => {
    const { open, opened } = gate();
    const heard: unknown[] = [];
    const { cell, ask } = stage(withStopping((state, reason) => (heard.push({ ...state }, reason) > 0 ? opened : undefined)));
    cell.begin();
    await ask("add");
    const stopped = cell.stop("drain", 100);
    const late = ask("add");
    open();
    await stopped;
    await expect(late).rejects.toBeInstanceOf(ActorStopped);
    expect(heard).toEqual([{ n: 1 }, "drain"]);
  });

  test("that throws: the actor has ended, whoever stopped it hears of it, and no timer is left", async () => {
    const { cell, seen, clock } = stage(withStopping(() => Promise.reject(new Error("cannot save"))));
    cell.begin();
    await expect(cell.stop("stop", 100)).rejects.toThrow("cannot save");
    expect(seen).toEqual(["ended: stop"]);
    expect(clock.pending).toBe(0);
  });

  test("that hangs is given up at the deadline", async () => {
    const { cell, seen, clock } = stage(withStopping(() => new Promise(() => {})));
    cell.begin();
    const stopped = expect(cell.stop("stop", 100)).rejects.toEqual(forced(/its `stopping` did not end within 100 ms/));
    await clock.run(100);
    await stopped;
    expect(seen).toEqual(["ended: stop"]);
  });

  test("does not get a second deadline after a slow handler", async () => {
    const { open, opened } = gate();
    const { cell, tell, clock } = stage(withStopping(() => new Promise(() => {})).on("slow", {}, () => opened));
    cell.begin();
    tell("slow");
    await clock.run(0);
    const stopped = expect(cell.stop("stop", 100)).rejects.toEqual(forced(/`stopping`/));
    await clock.run(60);
    open();
    await clock.run(40);
    await stopped;
  });

  test("that throws after a stopSelf is logged, and nothing is left unhandled", async () => {
    const { cell, ask, seen, clock } = stage(withStopping(() => Promise.reject(new Error("cannot save"))));
    cell.begin();
    await ask("leave");
    await clock.run(0);
    expect(seen[0]).toBe("ended: had enough");
    expect(seen[1]).toMatch(/^error a stopping of actor a threw .*cannot save/);
  });

  test("that hangs after a stopSelf can still be stopped by force", async () => {
    const { cell, ask, seen, clock } = stage(withStopping(() => new Promise(() => {})));
    cell.begin();
    await ask("leave");
    const stopped = expect(cell.stop("stop", 100)).rejects.toBeInstanceOf(ActorStopped);
    await clock.run(100);
    await stopped;
    expect(seen).toEqual(["ended: had enough"]);
  });
});

describe("stopSelf", () => {
  const Quitter = defineActor(head)
    .on("leave", {}, (_, __, ctx) => {
      ctx.stopSelf();
      return "bye";
    })
    .on("leaveAndFail", {}, (_, __, ctx) => {
      ctx.stopSelf("broken");
      throw new Error("x");
    })
    .on("leaveLater", {}, async (_, __, ctx) => {
      ctx.stopSelf();
      await undefined;
      return "bye later";
    });

  test.each<[string, unknown]>([
    ["leave", "bye"],
    ["leaveLater", "bye later"],
  ])("%s: ends after the message in hand, which is answered", async (name, reply) => {
    const { cell, ask, tell, seen } = stage(Quitter);
    cell.begin();
    const asked = ask(name);
    tell("leave");
    await expect(asked).resolves.toBe(reply);
    expect(seen).toEqual(["ended: stopSelf"]);
  });

  test("handles what waited by then, and not what comes later", async () => {
    const { Diary } = diary();
    const Leaver = Diary.on("leave", {}, (_, __, ctx) => ctx.stopSelf());
    const { cell, ask, tell, seen } = stage(Leaver);
    tell("leave");
    tell("write", "a");
    const lines = ask("read");
    const late = lines.then(() => tell("write", "b"));
    cell.begin();
    await expect(lines).resolves.toEqual(["a"]);
    await late;
    expect(seen).toEqual(["ended: stopSelf", "dead write ActorStopped"]);
  });

  test("during a move keeps the actor where it is, with what waits there", async () => {
    const { open, opened } = gate();
    const Leaver = diary().Diary.on("leave", {}, (_, __, ctx) => opened.then(() => ctx.stopSelf()));
    const { cell, ask, tell, seen } = stage(Leaver);
    cell.begin();
    tell("leave");
    await Promise.resolve();
    const lines = ask("read");
    const sealed = cell.seal(100);
    open();
    expect(await sealed).toBe(false);
    cell.unseal(2);
    await expect(lines).resolves.toEqual([]);
    expect(seen.at(-1)).toBe("ended: stopSelf");
  });

  test("ends at once when it is stopped meanwhile", async () => {
    const { Diary } = diary();
    const Leaver = Diary.on("leave", {}, (_, __, ctx) => {
      ctx.stopSelf();
      void cell.stop("stop", 100);
    });
    const { cell, tell, seen } = stage(Leaver);
    tell("leave");
    tell("write", "a");
    cell.begin();
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual(["dead write ActorStopped", "ended: stopSelf"]);
  });

  test("ends the actor also when the handler throws then", async () => {
    const { cell, ask, seen } = stage(Quitter);
    cell.begin();
    await expect(ask("leaveAndFail")).rejects.toThrow("x");
    expect(seen).toEqual(["ended: broken"]);
  });

  test.each(["init", "started"])("in `%s` ends the actor when it has started", async (where) => {
    const stages: string[] = [];
    const leaves = (place: string, ctx: ActorContext): undefined => {
      stages.push(place);
      if (place === where) ctx.stopSelf();
    };
    const Brief = defineActor({ ...head, init: (_, ctx) => ({ n: leaves("init", ctx) ?? 4 }) }).lifecycle({
      started: (_, ctx) => leaves("started", ctx),
      stopping: ({ n }) => void stages.push(`stopping ${n}`),
    });
    const { cell, seen } = stage(Brief);
    cell.begin();
    await Promise.resolve();
    expect(stages).toEqual(["init", "started", "stopping 4"]);
    expect(seen).toEqual(["ended: stopSelf"]);
  });
});
