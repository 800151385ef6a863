import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { until } from "../fixtures/until.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 20 }, (_, i) => `p-${i}`);

describeNats("a stranger on our subjects", () => {
  test("who says again all that it hears, the beginnings of it, and garbage: counted, and nothing changes", async () => {
    await using machines = await Machines.start(3);
    const stranger = await connect({ servers: machines.url });
    const heard: { subject: string; data: Uint8Array }[] = [];
    const spy = stranger.subscribe("process-hub.>", {
      callback: (_error, { subject, data }) => void heard.push({ subject, data }),
    });
    await stranger.flush();
    await machines.on("n0").start("player", ids);
    await machines.on("n0").start("ledger", ["ledger"]);
    await machines.agree(ids.length + 1);
    await machines.on("n0").load(ids, 5);
    const notes = Array.from({ length: 300 }, (_, i) => ({ from: "n1", n: i + 1 }));
    await machines.on("n1").tellAll("ledger", "ledger", "note", notes);
    await until("the stranger has heard enough", () => heard.length > 200);
    spy.unsubscribe();

    for (const { subject, data } of heard.slice(-200)) {
      stranger.publish(subject, data);
      for (const length of [1, 20, Math.floor(data.length / 2), data.length - 1])
        stranger.publish(subject, data.slice(0, length));
      stranger.publish(
        subject,
        data.map((byte, at) => (at % 7 === 3 ? byte ^ 0xff : byte)),
      );
    }
    const subjects = new Set(heard.map(({ subject }) => subject));
    for (const subject of subjects) for (let n = 0; n < 50; n++) stranger.publish(subject, new Uint8Array(n).fill(n * 5));
    await stranger.flush();
    const more = Array.from({ length: 300 }, (_, i) => ({ from: "n1", n: 301 + i }));
    await machines.on("n1").tellAll("ledger", "ledger", "note", more);
    await stranger.close();

    for (const name of machines.names)
      await until(`${name} has counted them`, async () => (await machines.on(name).stats()).routing.badFrames > 50);
    const { asked, settled, failed, added } = await machines.on("n0").unload();
    expect([settled, failed]).toEqual([asked, {}]);
    for (const id of ids) expect(await machines.on("n2").ask("player", id, "read")).toBe(added[id] ?? 0);
    await until("all notes are there, once, in order", async () => {
      const read = await machines.on("n2").ask("ledger", "ledger", "read");
      return JSON.stringify(read) === JSON.stringify({ count: 600, last: { n1: 600 }, wrong: [] }) || read;
    });
    await machines.together();
    for (const name of machines.names) expect(await machines.on(name).events("memberLeft")).toEqual([]);
  });
});
