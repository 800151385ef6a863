/*
 * The spans and counts of what a node does with its actors: moves, starts, members, dead letters.
 * Without it a pause of an actor could not be told from a slow handler.
 */
import { type Counter, type Meter, type Span, SpanKind, type Tracer, type UpDownCounter } from "@opentelemetry/api";
import type { EventDiagnostic, MoveDiagnostic } from "@process-hub/protocol";
import { errorType } from "./error-type.js";

/** Listens to the events of the nodes of one thread. */
export class NodeSpans {
  readonly #tracer: Tracer;
  readonly #starts: Counter;
  readonly #moved: Counter;
  readonly #deadLetters: Counter;
  readonly #members: UpDownCounter;
  /** Those under way, by what is told of them twice. */
  readonly #moves = new WeakMap<object, Span>();

  constructor(tracer: Tracer, meter: Meter) {
    this.#tracer = tracer;
    this.#starts = meter.createCounter("process_hub.starts", {
      description: "Starts of actors on this node, by what came of them.",
    });
    this.#moved = meter.createCounter("process_hub.moves", { description: "Actors that moved from this node." });
    this.#deadLetters = meter.createCounter("process_hub.dead_letters", {
      description: "Messages that no actor handled, by reason.",
    });
    this.#members = meter.createUpDownCounter("process_hub.members.seen", {
      description: "Other members that this node sees.",
    });
  }

  /** Actors are about to start, or have started or failed to. */
  start({ event, detail }: EventDiagnostic): void {
    if (event !== "childStarted") return;
    const { children } = detail as {
      readonly children: readonly { readonly spec?: { readonly actor?: string }; readonly error?: unknown }[];
    };
    for (const { spec, error } of children)
      this.#starts.add(1, {
        "process_hub.actor": spec?.actor ?? "_",
        ...(error === undefined ? {} : { "error.type": errorType(error) }),
      });
  }

  /** Actors begin to move, or have moved as far as they do. */
  move(told: MoveDiagnostic): void {
    const { node, to, ids, phase, moved } = told;
    if (phase === "begin") {
      const attributes = { "process_hub.node": node, "process_hub.move.to": to, "process_hub.move.actors": ids.length };
      this.#moves.set(told, this.#tracer.startSpan("process_hub move", { kind: SpanKind.INTERNAL, attributes }));
      return;
    }
    this.#moved.add(moved);
    const span = this.#moves.get(told);
    this.#moves.delete(told);
    span?.setAttribute("process_hub.move.moved", moved);
    span?.end();
  }

  /** A member came or went. */
  member({ event }: EventDiagnostic): void {
    this.#members.add(event === "memberJoined" ? 1 : -1);
  }

  /** A message has no actor that handles it. */
  deadLetter({ detail }: EventDiagnostic): void {
    const { reason, count = 1 } = detail as { readonly reason: string; readonly count?: number };
    this.#deadLetters.add(count, { "error.type": reason });
  }
}
