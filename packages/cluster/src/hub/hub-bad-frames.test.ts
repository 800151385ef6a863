import { encode, type Frame, mainPlace, threadPlace } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forger } from "../fixtures/forger.js";
import { Lab } from "../fixtures/lab.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const garbage = new Uint8Array([0xc1, 0xff]);

/** One on the network that says what nobody can read. */
async function stranger(name: string): Promise<() => void> {
  const transport = lab.network.transport();
  await transport.open("lab", name, { message: () => {}, connection: () => {} });
  return () => transport.broadcast(garbage);
}

async function listening() {
  const hub = await lab.hub("a");
  const [events, warnings]: [string[], string[]] = [[], []];
  hub.on("badFrame", ({ peer }) => events.push(peer));
  hub.on("log", ({ level, message }) => level === "warn" && warnings.push(message));
  return { events, warnings, counted: () => hub.stats().routing.badFrames };
}

test("garbage is counted and told each time, and logged once with the peer and the first error", async () => {
  const { events, warnings, counted } = await listening();
  for (const name of ["b", "c"]) {
    const say = await stranger(name);
    for (let n = 0; n < 50; n++) say();
  }
  await until("all has come", () => counted() === 100 || counted());
  expect(events).toHaveLength(100);
  expect(warnings).toEqual([
    expect.stringMatching(/^b sent what does not fit.*of this peer.*: \S/),
    expect.stringMatching(/^c sent/),
  ]);
});

test("one that takes a new name for each frame fills neither the log nor the memory", async () => {
  const { warnings, counted } = await listening();
  for (let n = 0; n < 150; n++) (await stranger(`b-${n}`))();
  await until("all has come", () => counted() === 150 || counted());
  expect(warnings).toHaveLength(100);
  expect(warnings.at(-1)).toMatch(/^b-99 sent.*later ones, whoever sends them/);
});

test("a packet counts for the node whose link it came by alone: none is opened as a thread's own, none is passed on", async () => {
  const { events, counted } = await listening();
  const [hub] = lab.hubs;
  const { post, leave } = await forger(lab);
  await until("it is a member", () => hub?.nodes().includes("forger"));
  const places = lab.threads.get("a")?.spawned.map(({ place }) => place) ?? [];
  const [own = ""] = places;
  const life = own.slice(own.indexOf("@") + 1, own.indexOf("/"));
  const job: Frame = { type: "job", call: 1, module: "data:text/javascript,export default () => 1", input: encode(null) };
  const forged: [string, string][] = [
    [own, mainPlace("a", life)],
    [mainPlace("a", life), own],
    [threadPlace("b", "b1", 0, 0), own],
    [threadPlace("forger", "f0", 0, 0), own],
    [mainPlace("forger", "f1"), threadPlace("b", "b1", 0, 0)],
    [mainPlace("forger", "f1"), threadPlace("a", "a0", 0, 0)],
  ];
  for (const [from, to] of forged) post("a", from, to, job);
  await until("all are counted", () => counted() === forged.length || counted());
  expect(events).toEqual(forged.map(() => "forger"));
  await leave();
});

test("a member listens in its own name alone: neither by way of another's main thread, nor as another place", async () => {
  const { events, counted } = await listening();
  const [hub] = lab.hubs;
  const { post, leave } = await forger(lab);
  await until("it is a member", () => hub?.nodes().includes("forger"));
  const [own = ""] = lab.threads.get("a")?.spawned.map(({ place }) => place) ?? [];
  const life = own.slice(own.indexOf("@") + 1, own.indexOf("/"));
  const listen: Frame = {
    ...{ type: "listen", id: "x", event: "rung", actor: "bell", epoch: 1, call: 1, since: null, term: null },
  };
  const [here, theirs] = [mainPlace("a", life), mainPlace("forger", "f1")];
  const forged: [string, string][] = [
    [theirs, here],
    [here, own],
    [mainPlace("b", "b1"), own],
  ];
  for (const [from, to] of forged) post("a", from, to, listen);
  await until("all are counted", () => counted() === forged.length || counted());
  expect(events.every((peer) => peer.startsWith("forger"))).toBe(true);
  expect(hub?.stats().subscriptions).toEqual([]);
  await leave();
});
