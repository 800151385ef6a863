import { connect, type NatsConnection } from "@nats-io/transport-node";
import { decode } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 20 }, (_, i) => `p-${i}`);

interface Heard {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** All that the nodes say from now on, on whichever subject. */
async function listenTo(stranger: NatsConnection): Promise<Heard[]> {
  const heard: Heard[] = [];
  stranger.subscribe("process-hub.>", { callback: (_error, { subject, data }) => void heard.push({ subject, data }) });
  await stranger.flush();
  return heard;
}

/** What is in a frame of the transport: the type of the datagram, if it is a whole one. */
function typeOf({ data }: Heard): string {
  const header = 4 + 1 + 1 + (data[5] ?? 0) + 12;
  return data[4] === 1 ? (decode(data.slice(header)) as { type: string }).type : "none";
}

describeNats("a stranger on our subjects", () => {
  test("who says again all that it hears, the beginnings of it, and garbage: counted, and nothing changes", async () => {
    await using machines = await Machines.start(3);
    const stranger = await connect({ servers: machines.url });
    const heard = await listenTo(stranger);
    await machines.on("n0").start("player", ids);
    await machines.on("n0").start("ledger", ["ledger"]);
    await machines.agree(ids.length + 1);
    await machines.on("n0").load(ids, 5);
    const notes = Array.from({ length: 300 }, (_, i) => ({ from: "n1", n: i + 1 }));
    await machines.on("n1").tellAll("ledger", "ledger", "note", notes);
    await until("the stranger has heard enough", () => heard.length > 200);

    const said = heard.slice(-200);
    const subjects = new Set(heard.map(({ subject }) => subject));
    for (const { subject, data } of said) {
      stranger.publish(subject, data);
      for (const length of [1, 20, Math.floor(data.length / 2), data.length - 1])
        stranger.publish(subject, data.slice(0, length));
      stranger.publish(
        subject,
        data.map((byte, at) => (at % 7 === 3 ? byte ^ 0xff : byte)),
      );
    }
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

  test("who flips one bit in each byte of every kind of frame: each is counted, nobody is lost, no count differs", async () => {
    await using machines = await Machines.start(2);
    const stranger = await connect({ servers: machines.url });
    const heard = await listenTo(stranger);
    await machines.join("n2");
    await machines.join("passing");
    await machines.together();
    await machines.on("n0").start("player", ids);
    await machines.agree(ids.length);
    await machines.on("n0").load(ids, 5);
    await machines.stop("passing");
    const kinds = ["hello", "heartbeat", "link", "goodbye"];
    await until("all kinds were heard", () => kinds.every((kind) => heard.some((one) => typeOf(one) === kind)));

    const latest = kinds.flatMap((kind) => heard.filter((one) => typeOf(one) === kind).slice(-8));
    let flipped = 0;
    for (const { subject, data } of latest) {
      for (let at = 0; at < Math.min(data.length, 400); at++, flipped++)
        stranger.publish(
          subject,
          data.map((byte, other) => (other === at ? byte ^ (1 << (at % 8)) : byte)),
        );
      await stranger.flush();
    }
    await stranger.close();

    const counted = async () => {
      const stats = await Promise.all(machines.names.map((name) => machines.on(name).stats()));
      return stats.reduce((sum, { routing }) => sum + routing.badFrames, 0);
    };
    // At the very least once each, but for those to the node that has left.
    await until("they are counted", async () => (await counted()) > flipped / 2 || [await counted(), flipped]);
    const { asked, settled, failed, added } = await machines.on("n0").unload();
    expect([settled, failed]).toEqual([asked, {}]);
    for (const id of ids) expect(await machines.on("n2").ask("player", id, "read")).toBe(added[id] ?? 0);
    await machines.together();
    for (const name of machines.names) {
      const gone = (await machines.on(name).events("memberLeft")).map(({ text }) => JSON.parse(text));
      expect(gone).toEqual([{ node: "passing", reason: "left" }]);
      expect(await machines.on(name).events("linkBroken")).toEqual([]);
    }
  });
});
