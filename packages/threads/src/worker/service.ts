import {
  type ActorId,
  type Epoch,
  isToThread,
  type PlaceId,
  type ServiceFrame,
  type ToThreadFrame,
  type WireError,
} from "@process-hub/protocol";
import type { ThreadContext } from "./thread-context.js";

/** The part of the thread's mail that the news concern. */
interface ServiceMail {
  readonly routes: {
    resolved(id: ActorId, place: PlaceId | undefined, epoch: Epoch): void;
    moved(id: ActorId, epoch: Epoch, place: PlaceId): void;
  };
  placeDown(place: PlaceId, error: WireError): void;
  placeDrained(place: PlaceId): void;
  placeUp(place: PlaceId): void;
  /** Resolves when all mail from a dead place that went on from here has arrived; `keeping`: actors on their way. */
  whenDrained(dead: PlaceId, keeping: readonly { readonly id: ActorId }[]): Promise<void>;
  evacuate(node: string): Promise<void>;
}

/** The ports of service, beside the thread's context. */
interface ServicePorts {
  readonly mail: ServiceMail;
  readonly source: { renumber(id: ActorId, epoch: Epoch): Promise<void>; leaving(node: string): void; placeDown(): void };
  readonly target: { placeDown(): void };
  readonly replicaStreams: {
    placeDown(): void;
    planned(plan: Omit<Extract<ToThreadFrame, { type: "standbyPlan" }>, "type">): void;
  };
  readonly streams: { placeDown(): void };
  readonly children: { done(frame: Extract<ToThreadFrame, { type: "startedChild" | "startedChildren" }>): void };
  readonly calls: { done(frame: Extract<ToThreadFrame, { type: "hubAnswer" }>): void };
  readonly watches: {
    watching(frame: Extract<ToThreadFrame, { type: "watching" }>): void;
    gone(frame: Extract<ToThreadFrame, { type: "gone" }>): void;
  };
  readonly feeds: { placeDown(): void };
  readonly jobs: { done(frame: Extract<ToThreadFrame, { type: "jobDone" }>): void };
  /** Resolves when all that a place had sent over its own link has come; undefined when nothing is left of it. */
  readonly drained?: ((from: PlaceId) => Promise<void> | undefined) | undefined;
}

/**
 * The main thread's news to a thread: where actors are, which places went down, which nodes leave, how a call of an actor ended.
 * Without it a thread would send to places that are gone, and wait for answers that never come.
 */
export class Service {
  readonly #context: Pick<ThreadContext, "cells" | "tellMain" | "main">;
  readonly #ports: ServicePorts;

  constructor(context: Pick<ThreadContext, "cells" | "tellMain" | "main">, ports: ServicePorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** Acts on a frame. One that a thread does not take is reported. */
  receive(frame: ServiceFrame): void {
    const { mail, source, replicaStreams, children, calls, watches, jobs } = this.#ports;
    const { tellMain, main } = this.#context;
    if (!isToThread(frame)) {
      tellMain({ type: "badFrame", peer: main, error: `a ${frame.type} frame to a thread` });
      return;
    }
    switch (frame.type) {
      case "resolved":
        for (const { id, place, epoch } of frame.routes) mail.routes.resolved(id, place ?? undefined, epoch);
        break;
      case "placeDown":
        this.#afterLastWords(frame.place, () => this.#placeDown(frame.place, frame.error));
        break;
      case "placeDrained":
        this.#afterLastWords(frame.place, () => mail.placeDrained(frame.place));
        break;
      case "placeUp":
        mail.placeUp(frame.place);
        break;
      case "renumber":
        for (const { id, epoch } of frame.actors) void source.renumber(id, epoch);
        break;
      case "relocated":
        for (const { id, epoch, place } of frame.actors) mail.routes.moved(id, epoch, place);
        break;
      case "leaving":
        source.leaving(frame.node);
        break;
      case "evacuate":
        void mail.evacuate(frame.node).then(() => tellMain({ type: "evacuated", node: frame.node }));
        break;
      case "standbyPlan":
        replicaStreams.planned(frame);
        break;
      case "startedChild":
      case "startedChildren":
        children.done(frame);
        break;
      case "hubAnswer":
        calls.done(frame);
        break;
      case "watching":
        watches.watching(frame);
        break;
      case "gone":
        watches.gone(frame);
        break;
      case "jobDone":
        jobs.done(frame);
        break;
      default:
        frame satisfies never;
    }
  }

  /** The news of a death comes after its last words: a commit among them decides who runs the actor. */
  #afterLastWords(place: PlaceId, act: () => void): void {
    const drained = this.#ports.drained?.(place);
    if (drained === undefined) act();
    else void drained.then(act);
  }

  #placeDown(place: PlaceId, error: WireError): void {
    const { mail, source, target, replicaStreams, streams, feeds } = this.#ports;
    const { cells, tellMain } = this.#context;
    mail.placeDown(place, error);
    const keeping = [...cells.values()].filter(({ phase }) => phase === "sent" || phase === "loaded");
    void mail.whenDrained(place, keeping).then(() => tellMain({ type: "drainReported", place }));
    source.placeDown();
    target.placeDown();
    replicaStreams.placeDown();
    streams.placeDown();
    feeds.placeDown();
  }
}
