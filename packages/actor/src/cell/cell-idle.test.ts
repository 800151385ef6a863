import { refusal } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";

const head = { name: "guest", module: "file:///g.js", state: z.object({ n: z.int() }), init: () => ({ n: 0 }) };

/** An actor that ends after 100 ms in which nothing happens; its `stopping` waits for the gate. */
function guest() {
  const { open, opened } = gate();
  const Guest = defineActor({ ...head, autoStart: () => undefined, idleAfterMs: 100 })
    .on("add", {}, (state) => ++state.n)
    .on("wait", {}, () => opened)
    .on("leave", {}, (_, __, ctx) => ctx.stopSelf())
    .on("remind", {}, (_, __, ctx) => ctx.schedule("k", 250, "add"))
    .on("toSelf", {}, (_, __, ctx) => void ctx.self.tell("add"));
  return { Guest, Slow: Guest.lifecycle({ stopping: () => opened }), open };
}

describe("an actor with idleAfterMs", () => {
  test("ends when it has handled nothing for so long, and not before", async () => {
    const { cell, tell, clock, seen } = stage(guest().Guest);
    cell.begin();
    await clock.run(90);
    tell("add");
    await clock.run(90);
    expect(seen).toEqual([]);
    await clock.run(20);
    expect(seen).toEqual(["ended: idle"]);
  });

  test("stays while a handler runs, a timer is set, or its node may not serve", async () => {
    const { Guest, open } = guest();
    const { cell, tell, clock, seen, host } = stage(Guest);
    cell.begin();
    tell("wait");
    await clock.run(500);
    open();
    tell("remind");
    await clock.run(240);
    expect([seen, cell.state]).toEqual([[], { n: 0 }]);
    host.idleAllowed = false;
    await clock.run(500);
    expect([seen, cell.state]).toEqual([[], { n: 1 }]);
    host.idleAllowed = true;
    await clock.run(200);
    expect(seen).toEqual(["ended: idle"]);
  });

  test("stays while it moves, and counts anew when the move has come to nothing", async () => {
    const { cell, clock, seen } = stage(guest().Guest);
    cell.begin();
    await cell.seal(1_000);
    await clock.run(300);
    cell.unseal(2);
    await clock.run(90);
    expect(seen).toEqual([]);
    await clock.run(120);
    expect(seen).toEqual(["ended: idle"]);
  });

  test("of a replica that stands by does not run out", async () => {
    const { cell, clock, seen } = stage(guest().Guest, { mode: "passive" });
    cell.begin();
    await clock.run(500);
    expect(seen).toEqual([]);
  });
});

describe("mail that an actor with autoStart did not come to", () => {
  test("looks for its next life, markers behind it unanswered until then", async () => {
    const { Slow, open } = guest();
    const { cell, tell, marker, clock, seen } = stage(Slow);
    cell.begin();
    await clock.run(100);
    tell("add");
    cell.take(marker(1));
    expect([cell.phase, seen]).toEqual(["stopping", []]);
    open();
    await clock.run(0);
    expect(seen).toEqual(["ended: idle", "again add", "again marker"]);
  });

  test("goes on after a stop too, what had been taken in first; its own messages and timers end with it", async () => {
    const { Guest, open } = guest();
    const { cell, tell, clock, seen } = stage(Guest);
    cell.begin();
    tell("remind");
    tell("wait");
    await clock.run(0);
    tell("add");
    tell("toSelf", undefined, { sender: "a" });
    const stopped = cell.stop("stop", 1_000);
    tell("leave");
    open();
    await clock.run(0);
    await stopped;
    expect(seen).toEqual(["dead toSelf ActorStopped", "ended: stop", "again add", "again leave"]);
  });

  test("is refused where the stop says what its senders hear, and after a crash", async () => {
    const { cell, tell, seen } = stage(guest().Guest);
    cell.begin();
    tell("add");
    await cell.stop("stop", 100, refusal("HubClosed", "closed", {}));
    expect(seen).toEqual(["dead add HubClosed", "ended: stop"]);
  });

  test("is refused by one that ends each time before it handles anything: it would be started for ever", async () => {
    const Brief = defineActor({
      ...head,
      autoStart: () => undefined,
      init: (_, ctx) => {
        ctx.stopSelf();
        return { n: 0 };
      },
    }).on("add", {}, () => 1);
    const { cell, ask } = stage(Brief);
    const asked = ask("add");
    cell.begin();
    await expect(asked).rejects.toMatchObject({ code: "ActorStopped" });
  });

  test("stays with an actor that ends itself as long as it waited by then; what comes later looks for the next life", async () => {
    const { cell, tell, ask, clock, seen } = stage(guest().Guest);
    tell("leave");
    const asked = ask("add");
    void asked.then(() => tell("add"));
    cell.begin();
    await expect(asked).resolves.toBe(1);
    await clock.run(0);
    expect(seen.at(0)).toBe("ended: stopSelf");
  });
});
