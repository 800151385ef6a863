import { until } from "@process-hub/protocol/testing";
import { natsTransport } from "@process-hub/transport-nats";
import { child, createHub, type Hub, hotSwap } from "process-hub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsServer } from "./fixtures/nats-server.js";
import { Crate } from "./machines/crate.actor.js";

const mebibyte = 1024 * 1024;
/** More than the transport carries, or than a message may have beside what travels with it. */
const sizes = [5 * mebibyte, 2 * mebibyte - 400_000];
const allowed = mebibyte;

let server: NatsServer;
let hubs: Hub[] = [];
const disturbed: string[] = [];

beforeEach(async () => {
  server = await NatsServer.start("max_payload: 65536");
  disturbed.splice(0);
  for (const node of ["a", "b", "c"]) {
    const hub = await createHub({
      id: "shop",
      node,
      threads: 2,
      actors: [Crate],
      transport: natsTransport({ servers: server.url, maxUnsentBytes: 4 * mebibyte }),
      migration: hotSwap(),
      // A link that tried in vain would break within the test.
      timings: { deliveryMs: 4_000, askTimeoutMs: 40_000 },
    });
    hubs.push(hub);
    hub.on("memberLeft", (left) => disturbed.push(`${node} lost ${left.node}`));
    hub.on("linkBroken", ({ peer }) => disturbed.push(`the link from ${node} to ${peer} broke`));
    hub.on("log", ({ level, message }) => level === "error" && disturbed.push(message));
  }
  await until("they see each other", () => hubs.every((hub) => hub.nodes().length === 2));
});
afterEach(async () => {
  await Promise.all(hubs.map((hub) => hub.close()));
  hubs = [];
  await server[Symbol.asyncDispose]();
});

describeNats("what is too large for natsTransport", () => {
  test("message, reply, args and state are refused at once, by name; all else goes on, and nobody is lost", async () => {
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.start(Crate, { id: "c" });
    await until("all know it", () => hubs.every((hub) => hub.lookup("c") !== undefined));
    const host = a.lookup("c")?.replicas[0]?.node ?? "";
    const to = host === "a" ? "b" : "a";
    let taken = 0;
    for (const size of sizes) {
      const load = "y".repeat(size);
      for (const hub of hubs) {
        const ref = hub.ref(Crate, "c");
        expect(() => ref.tell("take", { load })).toThrow(expect.objectContaining({ code: "InvalidMessage" }));
        await expect(ref.ask("take", { load })).rejects.toMatchObject({
          code: "InvalidMessage",
          fields: { id: "c", message: "take" },
        });
        await expect(ref.ask("give", { bytes: size })).rejects.toMatchObject({ code: "InvalidReply" });
        await ref.ask("take", { load: "y".repeat(allowed) });
        taken += allowed;
        expect(await ref.ask("give", { bytes: allowed })).toHaveLength(allowed);
      }
      const { errors } = await b.startChildren([
        child(Crate, { id: `big-${size}`, args: load as never }),
        child(Crate, { id: `small-${size}` }),
      ]);
      expect(errors.map(({ id, error }) => [id, (error as { code?: string }).code])).toEqual([[`big-${size}`, "StartFailed"]]);
      await c.ref(Crate, "c").ask("fill", { bytes: size });
      await expect(c.move("c", { node: to })).rejects.toMatchObject({ code: "HandoffFailed", fields: { step: "transfer" } });
      expect(await c.ref(Crate, "c").ask("weight")).toEqual({ load: size, taken });
    }
    await c.ref(Crate, "c").ask("fill", { bytes: allowed });
    await c.move("c", { node: to });
    expect(await c.ref(Crate, "c").ask("weight")).toEqual({ load: allowed, taken });
    // Long enough for a link that waits in vain to break.
    const quietUntilMs = performance.now() + 4_500;
    await until("the links have had their time", () => performance.now() > quietUntilMs);
    expect([disturbed, hubs.map((hub) => hub.nodes().length)]).toEqual([[], [2, 2, 2]]);
  });

  test("much that is allowed, to and from all at once, passes", async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `c-${i}`);
    const args = "z".repeat(300_000) as never;
    expect((await hubs[0]?.startChildren(ids.map((id) => child(Crate, { id, args }))))?.errors).toEqual([]);
    await until("all know them", () => hubs.every((hub) => hub.list().length === ids.length));
    const load = "y".repeat(allowed);
    const asks = hubs.flatMap((hub) => ids.map((id) => hub.ref(Crate, id).ask("take", { load })));
    await Promise.all(asks);
    const weights = await Promise.all(ids.map((id) => hubs[0]?.ref(Crate, id).ask("weight")));
    expect(weights).toEqual(ids.map(() => ({ load: 0, taken: 3 * allowed })));
    expect([disturbed, hubs.map((hub) => hub.nodes().length)]).toEqual([[], [2, 2, 2]]);
  });
});
