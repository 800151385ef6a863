import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ActorContext } from "../definition/context.js";
import { defineActor } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { stage } from "../fixtures/stage.js";

/** A session with a slow message, a quick one, and two that do not wait; `open` ends the slow one, `openPeek` the peek that waits. */
function session(onError: OnError = "resume") {
  const gates: (() => void)[] = [];
  const peeks: (() => void)[] = [];
  const Session = defineActor({
    ...{ name: "session", module: "file:///session.js", onError },
    state: z.object({ notes: z.array(z.string()) }),
    init: () => ({ notes: [] as string[] }),
  })
    .on("slow", { input: z.string() }, async (state, note) => {
      state.notes.push(`${note} begins`);
      await new Promise<void>((resolve) => gates.push(resolve));
      state.notes.push(`${note} ends`);
      return note;
    })
    .on("note", { input: z.string() }, (state, note) => state.notes.push(note))
    .on("read", { concurrent: true }, (state) => [...state.notes])
    .on("peek", { input: z.string(), concurrent: true }, async (_, which, ctx) => {
      await new Promise<void>((resolve) => {
        ctx.signal.addEventListener("abort", () => resolve());
        peeks.push(resolve);
      });
      return ctx.signal.aborted ? `${which}: ${ctx.signal.reason.code}` : which;
    })
    .on("mark", { input: z.string(), concurrent: "mutates" }, (state, note) => state.notes.push(note))
    .on("hang", { concurrent: true }, () => new Promise<void>(() => {}))
    .on("fail", { concurrent: true }, () => {
      throw new RangeError("bad");
    });
  const set = stage(Session);
  set.cell.begin();
  return { ...set, open: () => gates.shift()?.(), openPeek: () => peeks.shift()?.(), peeks };
}

describe("a concurrent message", () => {
  test("is answered while another handler waits, before what waits behind that", async () => {
    const { ask, tell, open } = session();
    const slow = ask("slow", "a");
    tell("note", "later");
    await settle();
    await expect(ask("read")).resolves.toEqual(["a begins"]);
    open();
    await slow;
    await expect(ask("read")).resolves.toEqual(["a begins", "a ends", "later"]);
  });

  test("that waits itself keeps nobody from being handled, in the order sent", async () => {
    const { ask, openPeek } = session();
    const [first, second] = [ask("peek", "first"), ask("peek", "second")];
    await expect(ask("note", "x")).resolves.toBe(1);
    openPeek();
    openPeek();
    await expect(Promise.all([first, second])).resolves.toEqual(["first", "second"]);
  });

  test("that is aborted ends by its own signal; the handler in hand beside it goes on", async () => {
    const { ask, cell, open, host } = session();
    const slow = ask("slow", "a");
    await settle();
    const peek = ask("peek", "mine");
    const [number = 0] = [...host.asks.keys()].slice(-1);
    await settle();
    expect([cell.holdsAsk("m@i/main", number), cell.holdsAsk("m@i/main", 1)]).toEqual(["beside", "inHand"]);
    cell.withdraw("m@i/main", number);
    await expect(peek).resolves.toBe("mine: Aborted");
    expect(cell.context.signal.aborted).toBe(false);
    open();
    await expect(slow).resolves.toBe("a");
  });

  test("is waited for by a move, which warns it after half of its time; none begins meanwhile", async () => {
    const { ask, cell, clock } = session();
    const peek = ask("peek", "p");
    await settle();
    const sealed = cell.seal(100);
    const read = ask("read");
    await clock.run(60);
    await expect(peek).resolves.toBe("p: Move");
    await expect(sealed).resolves.toBe(true);
    expect([...cell.mailbox].map(({ name }) => name)).toEqual(["read"]);
    await cell.pack();
    cell.unseal(2);
    await expect(read).resolves.toEqual([]);
  });

  test("is waited for by a stop, and told of it", async () => {
    const { ask, cell } = session();
    const peek = ask("peek", "p");
    await settle();
    await cell.stop("done", 10);
    await expect(peek).resolves.toBe("p: Stop");
    expect(cell.phase).toBe("ended");
  });

  test("that does not end is cut off at the deadline of a stop, and nobody knows what it did", async () => {
    const { ask, cell, clock } = session();
    const deaf = expect(ask("hang")).rejects.toMatchObject({ code: "OutcomeUnknown" });
    await settle();
    const stopped = expect(cell.stop("done", 10)).rejects.toMatchObject({ code: "ActorStopped" });
    await clock.run(20);
    await Promise.all([deaf, stopped]);
    expect(cell.phase).toBe("ended");
  });

  test("that throws is answered with the error, and the actor goes on", async () => {
    const { ask, tell, open } = session();
    const slow = ask("slow", "a");
    tell("note", "b");
    await settle();
    await expect(ask("fail")).rejects.toThrow("bad");
    open();
    await expect(slow).resolves.toBe("a");
    await expect(ask("read")).resolves.toEqual(["a begins", "a ends", "b"]);
  });

  test("that throws where a throw begins anew cuts off what else is in hand", async () => {
    const { ask } = session("restart");
    const slow = ask("slow", "a");
    const peek = ask("peek", "p");
    await settle();
    const lost = [
      expect(slow).rejects.toMatchObject({ code: "OutcomeUnknown" }),
      expect(peek).rejects.toMatchObject({ code: "OutcomeUnknown" }),
    ];
    await expect(ask("fail")).rejects.toThrow("bad");
    await Promise.all(lost);
    await expect(ask("read")).resolves.toEqual([]);
  });

  test("that throws where a throw ends the actor ends it", async () => {
    const { ask, cell } = session("stop");
    await expect(ask("fail")).rejects.toThrow("bad");
    expect(cell.phase).toBe("ended");
  });

  test("does not end an actor that is to stop before the handlers in hand have ended", async () => {
    const { ask, cell, openPeek, tell } = session();
    const peek = ask("peek", "p");
    await settle();
    cell.context.stopSelf();
    tell("note", "last");
    await settle();
    expect(cell.phase).toBe("running");
    openPeek();
    await expect(peek).resolves.toBe("p");
    await settle();
    expect(cell.phase).toBe("ended");
  });

  test("waits when as many are in hand as an actor's window holds, and others are handled", async () => {
    const { ask, host, openPeek, peeks } = session();
    Object.assign(host.limits, { actorWindow: 2 });
    const three = ["a", "b", "c"].map((which) => ask("peek", which));
    await settle();
    expect(peeks).toHaveLength(2);
    await expect(ask("note", "x")).resolves.toBe(1);
    openPeek();
    await settle();
    expect(peeks).toHaveLength(2);
    openPeek();
    openPeek();
    await expect(Promise.all(three)).resolves.toEqual(["a", "b", "c"]);
  });

  test("that throws in a seal where a throw begins anew: the move waits for the new life, and takes that along", async () => {
    const gates: (() => void)[] = [];
    let lives = 0;
    const Phoenix = defineActor({
      ...{ name: "phoenix", module: "file:///phoenix.js", state: z.object({ life: z.int() }), onError: "restart" },
      init: async () => {
        if (++lives > 1) await new Promise<void>((resolve) => gates.push(resolve));
        return { life: lives };
      },
    }).on("fail", { concurrent: true }, async () => {
      await new Promise<void>((resolve) => gates.push(resolve));
      throw new RangeError("bad");
    });
    const { cell, ask, clock } = stage(Phoenix);
    await cell.begin();
    const failed = expect(ask("fail")).rejects.toThrow("bad");
    await settle();
    let isSealed = false;
    const sealed = cell.seal(200).then((is) => (isSealed = is));
    gates.shift()?.();
    await failed;
    await clock.run(20);
    expect([isSealed, cell.isIdle]).toEqual([false, false]);
    gates.shift()?.();
    await sealed;
    expect([isSealed, cell.state]).toEqual([true, { life: 2 }]);
  });

  test("and an ordinary one that wait when a handler stops its actor are both handled; those that come later are not", async () => {
    const gates: (() => void)[] = [];
    const done: string[] = [];
    const Stopping = defineActor({ name: "stopping", module: "file:///stopping.js", state: z.object({}), init: () => ({}) })
      .on("slow", {}, async (_state, _input, ctx) => {
        await new Promise<void>((resolve) => gates.push(resolve));
        ctx.stopSelf();
        await new Promise<void>((resolve) => gates.push(resolve));
      })
      .on("note", { input: z.string() }, (_, note) => void done.push(note))
      .on("mark", { input: z.string(), concurrent: true }, (_, note) => void done.push(note));
    const { cell, ask, tell } = stage(Stopping);
    cell.begin();
    const slow = ask("slow");
    tell("note", "n1");
    await settle();
    gates.shift()?.();
    await settle();
    for (const late of ["m1", "m2", "m3"]) tell("mark", late);
    await settle();
    gates.shift()?.();
    await slow;
    await settle();
    expect([done.includes("n1"), cell.phase]).toEqual([true, "ended"]);
  });

  test("is over with its ctx: what its code does later is refused", async () => {
    const contexts: ActorContext[] = [];
    const Keeping = defineActor({ name: "keeping", module: "file:///keeping.js", state: z.object({}), init: () => ({}) }).on(
      "keep",
      { concurrent: true },
      (_state, _input, ctx) => void contexts.push(ctx),
    );
    const { cell, ask } = stage(Keeping);
    cell.begin();
    await ask("keep");
    expect(() => contexts[0]?.self.tell("keep")).toThrow(/its handler has ended/);
  });

  test("that does not end is reported as stuck, once", async () => {
    const { ask, cell, clock } = session();
    void ask("peek", "p");
    await settle();
    const at = clock.now() + 50;
    expect([cell.stuck(at, 10), cell.stuck(at, 10)]).toEqual([{ message: "peek", forMs: 50 }, undefined]);
  });
});

test("a definition says for which messages it holds, in words of its own", () => {
  const head = { name: "a", module: "file:///a.js", state: z.object({}), init: () => ({}) };
  expect(() => defineActor(head).on("m", { concurrent: "yes" as never }, () => 1)).toThrow(
    /concurrent.*takes true, or "mutates"/s,
  );
});
