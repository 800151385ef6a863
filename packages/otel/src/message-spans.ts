/*
 * The spans and durations of messages: where they are made, and where they are handled.
 * Without it one request could not be followed from the gateway through its actors.
 */
import {
  type Attributes,
  context,
  type Histogram,
  type Meter,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { AskDiagnostic, HandleDiagnostic, TellDiagnostic } from "@process-hub/protocol";
import { endSpan, errorType } from "./error-type.js";
import { carriedOf, receiverContext, senderContext, spanContextOf } from "./trace-context.js";

/** Bounds of durations in seconds, as the conventions advise them for RPC. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

interface Timed {
  readonly span: Span;
  readonly fromMs: number;
}

/** Listens to asks, tells and handlers of one thread. */
export class MessageSpans {
  readonly #tracer: Tracer;
  readonly #now: () => number;
  readonly #client: Histogram;
  readonly #server: Histogram;
  readonly #told: Histogram;
  /** Those that have begun, by what is told of them twice. */
  readonly #open = new WeakMap<object, Timed>();

  constructor(tracer: Tracer, meter: Meter, now: () => number) {
    this.#tracer = tracer;
    this.#now = now;
    const seconds = (name: string, description: string): Histogram =>
      meter.createHistogram(name, { unit: "s", description, advice: { explicitBucketBoundaries: boundaries } });
    this.#client = seconds("rpc.client.call.duration", "How long asks took, for who asked.");
    this.#server = seconds("rpc.server.call.duration", "How long the handlers of asks and streams took.");
    this.#told = seconds("process_hub.tell.handle.duration", "How long the handlers of tells took.");
  }

  /** An ask begins, or ends. */
  ask(told: AskDiagnostic): void {
    if (told.phase === "end") {
      this.#end(told, this.#client, labels(told));
      return;
    }
    const span = this.#sent(told, SpanKind.CLIENT);
    this.#open.set(told, { span, fromMs: this.#now() });
  }

  /** A tell is sent. */
  tell(told: TellDiagnostic): void {
    this.#sent(told, SpanKind.PRODUCER).end();
  }

  /** A handler begins, or ends. */
  handle(told: HandleDiagnostic): void {
    if (told.phase === "end") {
      this.#end(told, told.kind === "tell" ? this.#told : this.#server, labels(told));
      return;
    }
    const from = receiverContext(told.trace);
    const attributes = { ...labels(told), ...ids(told.place, told.id), "process_hub.epoch": told.epoch };
    const span = told.kind === "tell" ? this.#consumer(told, attributes) : this.#serving(told, attributes);
    this.#open.set(told, { span, fromMs: this.#now() });
    told.trace = carriedOf(span, told.trace);
    const within = trace.setSpan(from, span);
    told.around = (run) => context.with(within, run);
  }

  #serving(told: HandleDiagnostic, attributes: Attributes): Span {
    return this.#tracer.startSpan(methodOf(told), { kind: SpanKind.SERVER, attributes }, receiverContext(told.trace));
  }

  /** Of a trace of its own, linked to where it was sent: nobody waits for it. */
  #consumer(told: HandleDiagnostic, attributes: Attributes): Span {
    const from = spanContextOf(told.trace);
    const links = from === undefined ? [] : [{ context: from }];
    return this.#tracer.startSpan(methodOf(told), { kind: SpanKind.CONSUMER, attributes, links, root: true });
  }

  #sent(told: TellDiagnostic, kind: SpanKind): Span {
    const attributes = { ...labels(told), ...ids(told.place, told.to) };
    const span = this.#tracer.startSpan(methodOf(told), { kind, attributes }, senderContext(told.trace));
    told.trace = carriedOf(span, told.trace);
    return span;
  }

  #end(told: AskDiagnostic | HandleDiagnostic, into: Histogram, attributes: Attributes): void {
    const timed = this.#open.get(told);
    if (timed === undefined) return;
    this.#open.delete(told);
    const { error } = told;
    endSpan(timed.span, error);
    const labelled = error === undefined ? attributes : { ...attributes, "error.type": errorType(error) };
    into.record((this.#now() - timed.fromMs) / 1_000, labelled);
  }
}

/** "counter/add"; a reference without a kind names none. */
function methodOf({ actor, message }: { readonly actor: string | null; readonly message: string }): string {
  return `${actor ?? "_"}/${message}`;
}

/** What may be a label of a metric: few values, however many actors there are. */
function labels(told: { readonly actor: string | null; readonly message: string }): Attributes {
  return { "rpc.system.name": "process_hub", "rpc.method": methodOf(told) };
}

function ids(place: string, id: string): Attributes {
  return { "process_hub.actor.id": id, "process_hub.place": place };
}
