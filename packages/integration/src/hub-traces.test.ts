import { isDeepStrictEqual } from "node:util";
import { BroadcastChannel } from "node:worker_threads";
import { SpanKind, trace } from "@opentelemetry/api";
import { until } from "@process-hub/protocol/testing";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Relay } from "./fixtures/relay.actor.js";
import type { ToldSpan } from "./fixtures/telemetry.js";

const module = new URL("../dist/fixtures/telemetry.js", import.meta.url).href;
const { untraced } = (await import(module)) as typeof import("./fixtures/telemetry.js");

let hubs: Hubs;
let told: ToldSpan[];
let channel: BroadcastChannel;
beforeEach(() => {
  hubs = new Hubs();
  told = [];
  channel = new BroadcastChannel("spans");
  channel.onmessage = (message) => void told.push((message as { data: ToldSpan }).data);
});
afterEach(async () => {
  channel.close();
  await hubs.close();
});
afterAll(() => untraced());

/** The spans below one, each below the one before, as far as they are told. */
function wayFrom(spanId: string, traceId: string): string[] {
  const next = told.find((one) => one.parent === spanId && one.trace === traceId);
  return next === undefined ? [] : [`${SpanKind[next.kind]} ${next.name}`, ...wayFrom(next.span, traceId)];
}

test("one request is one trace from the main thread through actors on threads of two nodes, before and after a move", async () => {
  const [a, b] = await hubs.pair({ actors: [Relay], threads: { count: 2, execArgv: ["--import", module] } });
  await a.start(Relay, { id: "x", nodes: ["a"] });
  await b.start(Relay, { id: "y" });
  await b.start(Relay, { id: "z", nodes: ["b"] });
  for (const node of ["a", "b"]) {
    await a.move("y", { node });
    await until("it is there", () => a.lookup("y")?.replicas[0]?.node === node);
    const root = trace.getTracer("test").startActiveSpan("request", async (span) => {
      expect(await a.ref(Relay, "x").ask("pass", { to: ["y", "z"] })).toBe("z");
      span.end();
      return span.spanContext();
    });
    const { traceId, spanId } = await root;
    const hop = ["CLIENT relay/pass", "SERVER relay/pass"];
    const way = [...hop, ...hop, ...hop, "INTERNAL own work", "PRODUCER relay/heard"];
    await until("all is told", () => isDeepStrictEqual(wayFrom(spanId, traceId), way));
    const mine = told.filter((one) => one.trace === traceId);
    const producer = mine.find(({ kind }) => kind === SpanKind.PRODUCER);
    await until("the handler of the tell is told", () => told.some(({ links }) => links[0] === producer?.span));
    const nodes = mine.filter(({ kind }) => kind === SpanKind.SERVER).map(({ place }) => place.split("@")[0]);
    expect(new Set(nodes)).toEqual(new Set(["a", "b"]));
  }
});
