import { context, type SpanContext, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import {
  type AskDiagnostic,
  AskTimeout,
  diagnostics,
  type HandleDiagnostic,
  type TellDiagnostic,
  toldMove,
  toldTwice,
} from "@process-hub/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { instrument } from "./instrument.js";

let nowMs: number;
let stop: () => void;
let spans: InMemorySpanExporter;
let points: InMemoryMetricExporter;
let meterProvider: MeterProvider;
beforeEach(() => {
  nowMs = 0;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  spans = new InMemorySpanExporter();
  points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 60_000 });
  meterProvider = new MeterProvider({ readers: [reader] });
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  stop = instrument({ tracerProvider, meterProvider, now: () => nowMs });
});
afterEach(async () => {
  stop();
  context.disable();
  await meterProvider.shutdown();
});

const sent = { place: "a@1/main", sender: null, to: "c-1", actor: "counter", message: "add" } as const;
const askOf = (): AskDiagnostic => ({ ...sent, phase: "begin", trace: undefined });
const handledOf = (kind: HandleDiagnostic["kind"], from: HandleDiagnostic["trace"]): HandleDiagnostic => {
  const { sender, actor, message } = sent;
  return { phase: "begin", place: "b@1/0.0", id: "c-1", actor, epoch: 1, message, sender, kind, trace: from, around: undefined };
};
const ended = () => spans.getFinishedSpans();
const measured = async (name: string) => {
  await meterProvider.forceFlush();
  const metrics = points.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
  return metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
};

test("an ask is a client's span, and its handler a server's beneath it; durations are in seconds, without ids", async () => {
  const ask = askOf();
  const answered = toldTwice(diagnostics.ask, ask);
  const handled = handledOf("ask", ask.trace);
  const done = toldTwice(diagnostics.handle, handled);
  let within: SpanContext | undefined;
  handled.around?.(() => (within = trace.getSpanContext(context.active())));
  nowMs = 20;
  done();
  nowMs = 30;
  answered();
  const [server, client] = ended();
  expect([client?.kind, server?.kind, client?.name]).toEqual([SpanKind.CLIENT, SpanKind.SERVER, "counter/add"]);
  expect(server?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
  expect(within?.spanId).toBe(server?.spanContext().spanId);
  expect(handled.trace?.traceparent).toContain(server?.spanContext().spanId);
  expect(client?.attributes).toMatchObject({ "rpc.method": "counter/add", "process_hub.actor.id": "c-1" });
  const [point] = await measured("rpc.client.call.duration");
  expect(point).toMatchObject({
    attributes: { "rpc.system.name": "process_hub", "rpc.method": "counter/add" },
    value: { sum: 0.03 },
  });
});

test("an ask that fails says by which code", async () => {
  toldTwice(diagnostics.ask, askOf())(new AskTimeout("c-1 did not answer", {}));
  expect(ended()[0]?.attributes).toMatchObject({ "error.type": "AskTimeout" });
  expect((await measured("rpc.client.call.duration"))[0]?.attributes).toMatchObject({ "error.type": "AskTimeout" });
});

test("a tell is a producer's span; its handler has a trace of its own, linked to that", () => {
  const tell: TellDiagnostic = { ...sent, trace: undefined };
  diagnostics.tell.publish(tell);
  toldTwice(diagnostics.handle, handledOf("tell", tell.trace))();
  const [producer, consumer] = ended();
  expect([producer?.kind, consumer?.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
  expect(consumer?.parentSpanContext).toBeUndefined();
  expect(consumer?.links[0]?.context.spanId).toBe(producer?.spanContext().spanId);
});

test("a message without a trace that is handled begins one; one with a trace of another library's goes on, with its state and baggage", () => {
  toldTwice(diagnostics.handle, handledOf("ask", undefined))();
  const theirs = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "v=1", baggage: "user=7" };
  const handled = handledOf("ask", theirs);
  toldTwice(diagnostics.handle, handled)();
  const [own, other] = ended();
  expect([own?.parentSpanContext, other?.parentSpanContext?.spanId]).toEqual([undefined, "b".repeat(16)]);
  expect(handled.trace).toMatchObject({ tracestate: "v=1", baggage: "user=7" });
});

test("moves, starts, members and dead letters are counted", async () => {
  toldMove("a", "b", () => ["x", "y"])?.(1);
  diagnostics.start.publish({ event: "childStarted", detail: { children: [{ spec: { actor: "counter" } }] } });
  diagnostics.member.publish({ event: "memberJoined", detail: {} });
  diagnostics.deadletter.publish({ event: "deadLetter", detail: { reason: "ActorNotFound", count: 3 } });
  expect(ended()[0]?.attributes).toEqual({
    "process_hub.node": "a",
    "process_hub.move.to": "b",
    "process_hub.move.actors": 2,
    "process_hub.move.moved": 1,
  });
  const values = async (name: string) => (await measured(name)).map(({ attributes, value }) => [attributes, value]);
  expect(await values("process_hub.moves")).toEqual([[{}, 1]]);
  expect(await values("process_hub.starts")).toEqual([[{ "process_hub.actor": "counter" }, 1]]);
  expect(await values("process_hub.members.seen")).toEqual([[{}, 1]]);
  expect(await values("process_hub.dead_letters")).toEqual([[{ "error.type": "ActorNotFound" }, 3]]);
});

test("nothing is told once it is undone", () => {
  stop();
  expect(Object.values(diagnostics).some(({ hasSubscribers }) => hasSubscribers)).toBe(false);
});
