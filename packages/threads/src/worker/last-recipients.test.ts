import { describe, expect, test } from "vitest";
import { cellStage } from "./fixtures/cell-stage.js";
import { LastRecipients } from "./last-recipients.js";

function scene() {
  const { stage, context, mail } = cellStage();
  const recipients = new LastRecipients({ ...context, routes: mail.routes });
  const told = new Map<string, number>();
  const sender = { id: "a", recentRecipients: told };
  const tell = (to: string): unknown => told.set(to, stage.clock.now());
  const reached = (): { done: boolean } => {
    const state = { done: false };
    void recipients.reached(sender).then(() => (state.done = true));
    return state;
  };
  return { stage, mail, recipients, sender, tell, reached };
}

describe("whom messages of an actor may still be on their way to", () => {
  test("whom it wrote to no longer ago than a link needs to deliver", async () => {
    const { stage, recipients, sender, tell } = scene();
    tell("early");
    await stage.elapse(1);
    tell("late");
    await stage.elapse(1_000);
    expect(recipients.of(sender)).toEqual(["late"]);
  });

  test("whom its messages wait for here, however long ago it wrote to them; each once", async () => {
    const { stage, mail, recipients, sender, tell } = scene();
    tell("b");
    await stage.elapse(5_000);
    tell("c");
    mail.held = ["b", "c"];
    expect(recipients.of(sender)).toEqual(["b", "c"]);
  });
});

describe("an actor that stopped here, to start elsewhere", () => {
  test("is kept from it until what it sent has arrived", async () => {
    const { stage, mail, tell, reached } = scene();
    tell("b");
    const { settlings } = mail;
    const state = reached();
    await stage.elapse(500);
    expect([...settlings.values()]).toEqual([["b"]]);
    expect([state.done, mail.seen]).toEqual([false, []]);
    for (const done of settlings.keys()) done();
    await stage.elapse(0);
    expect(state.done).toBe(true);
  });

  test("is kept a second at most, and then what still waits for its way is refused", async () => {
    const { stage, mail, tell, reached } = scene();
    tell("b");
    const state = reached();
    await stage.elapse(999);
    expect([state.done, mail.seen]).toEqual([false, []]);
    await stage.elapse(1);
    expect([state.done, mail.seen, mail.settlings.size]).toEqual([true, ["give up from a"], 0]);
  });

  test("leaves no timer behind when all has arrived", async () => {
    const { stage, mail, reached } = scene();
    reached();
    for (const done of mail.settlings.keys()) done();
    await stage.elapse(0);
    expect(stage.clock.nextAtMs).toBeUndefined();
  });
});
