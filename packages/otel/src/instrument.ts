/*
 * The door of a thread: listens to what its hub tells, and makes spans and durations of it.
 * Without it each program would listen to the channels by itself, and name things in its own way.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type MeterProvider, metrics, type TracerProvider, trace } from "@opentelemetry/api";
import type { AskDiagnostic, EventDiagnostic, HandleDiagnostic, MoveDiagnostic, TellDiagnostic } from "@process-hub/protocol";
import { MessageSpans } from "./message-spans.js";
import { NodeSpans } from "./node-spans.js";
import { realNow } from "./real-clock.js";

/** Where spans and durations go; default: to the global providers, as an OpenTelemetry SDK sets them. */
export interface InstrumentOptions {
  readonly tracerProvider?: TracerProvider | undefined;
  readonly meterProvider?: MeterProvider | undefined;
  /** The time in milliseconds; default: the machine's monotonic one. */
  readonly now?: (() => number) | undefined;
}

const library = "@process-hub/otel";

/**
 * Traces and measures the hub of this thread until the returned function is called. Each thread is instrumented by itself: call it in the main
 * thread, and in a module that the hub's threads import first (`threads: { execArgv: ["--import", url] }`).
 *
 * An ask is a client's span in the asker and a server's in its actor, a tell a producer's and, linked to it, a consumer's; a move is a span with its
 * node's name. Ids are on spans alone. Durations are in seconds: `rpc.client.call.duration`, `rpc.server.call.duration`.
 * Source: OpenTelemetry's semantic conventions for RPC, 1.45.
 */
export function instrument({ tracerProvider, meterProvider, now = realNow }: InstrumentOptions = {}): () => void {
  const tracer = (tracerProvider ?? trace).getTracer(library);
  const meter = (meterProvider ?? metrics).getMeter(library);
  const messages = new MessageSpans(tracer, meter, now);
  const nodes = new NodeSpans(tracer, meter);
  const listeners: Record<string, (told: unknown) => void> = {
    ask: (told) => messages.ask(told as AskDiagnostic),
    tell: (told) => messages.tell(told as TellDiagnostic),
    handle: (told) => messages.handle(told as HandleDiagnostic),
    start: (told) => nodes.start(told as EventDiagnostic),
    move: (told) => nodes.move(told as MoveDiagnostic),
    member: (told) => nodes.member(told as EventDiagnostic),
    deadletter: (told) => nodes.deadLetter(told as EventDiagnostic),
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(`process-hub:${name}`, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(`process-hub:${name}`, listener);
  };
}
