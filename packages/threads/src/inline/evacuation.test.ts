import { defineActor } from "@process-hub/actor";
import { FrameKind } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { MiniCluster } from "./fixtures/mini-cluster.js";

const leaver = "n1@1";
const ids = ["a", "b", "c"];

test("a node that leaves gets no more mail once all have evacuated, and takes none with it", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const cluster = new MiniCluster(seed, 2, 2);
    const handled: string[] = [];
    const listener = defineActor({ name: "listener", module: "node:listener", state: z.object({}), init: () => ({}) }).on(
      "note",
      { input: z.string() },
      (_state, text, ctx) => void handled.push(`${ctx.id} ${text}`),
    );
    cluster.define(listener);
    const [main] = cluster.mains;
    const sent: string[] = [];
    const tell = (): void => {
      const id = cluster.oneOf(ids);
      const note = `${sent.length}`;
      sent.push(`${id} ${note}`);
      main?.mailer.tell(null, id, "note", note);
    };
    const moveAll = async (from: string, to: string): Promise<void> => {
      const sources = [...cluster.threads.values()].filter(({ place }) => place.startsWith(from));
      const targets = [...cluster.threads.keys()].filter((place) => place.startsWith(to));
      while (sources.some(({ cells }) => cells.size > 0)) {
        let left = sources.length;
        for (const runner of sources) {
          const order = { saga: `to ${to}`, ids: [...runner.cells.keys()], to: cluster.oneOf(targets), batchSize: 2 };
          void runner.control.move(order).then(() => left--);
          tell();
        }
        expect(await cluster.until(() => left === 0)).toBe(true);
      }
    };

    for (const id of ids) await cluster.start(id, cluster.oneOf(["n0@1/0.1", "n0@1/1.1"]), "listener");
    for (let n = 0; n < 10; n++) tell();
    await moveAll("n0@1", leaver);
    for (let n = 0; n < 10; n++) tell();
    await moveAll(leaver, "n0@1");
    const stay = [...cluster.mains, ...cluster.threads.values()].filter(({ place }) => !place.startsWith(leaver));
    let left = stay.length;
    for (const { mailer } of stay) void mailer.evacuate(leaver).then(() => left--);
    tell();
    expect(await cluster.until(() => left === 0), `seed ${seed}`).toBe(true);

    const late: string[] = [];
    cluster.loses = (frame, _from, to) => {
      if (Array.isArray(frame) && frame[0] === FrameKind.envelope && to.startsWith(leaver)) late.push(to);
      return false;
    };
    for (let n = 0; n < 5; n++) tell();
    expect(await cluster.until(() => cluster.noise === "")).toBe(true);
    for (const place of [...cluster.threads.keys()].filter((other) => other.startsWith(leaver))) cluster.kill(place);
    for (let n = 0; n < 5; n++) tell();
    expect(await cluster.until(() => handled.length === sent.length), `seed ${seed}`).toBe(true);
    expect(late).toEqual([]);
    for (const id of ids) {
      const mine = (all: readonly string[]): string[] => all.filter((note) => note.startsWith(`${id} `));
      expect(mine(handled)).toEqual(mine(sent));
    }
  }
}, 60_000);
