/*
 * Records all that happens in a simulation, in order and as plain data.
 * Without it checkers could not tell what was sent, handled, or broken, and a failure could not be shown.
 */
import type { Envelope, Observer, Waiting } from "@process-hub/actor";
import {
  type ActorId,
  decode,
  type Header,
  type Life,
  lineageOf,
  nodeOf,
  type PlaceId,
  payloadBytes,
} from "@process-hub/protocol";
import { overfull } from "./checkers/bounds.js";
import { type Plain, plainValue } from "./plain-value.js";

/** A message as a history records it: its sender, its receiver, its name and input. Two equal messages are interchangeable. */
export interface Message {
  /** The actor that sent it, or the place of the main thread that did. */
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** As `plainValue` renders it; absent from a message without one. */
  readonly input: unknown;
}

/** One thing that happened. Plain data throughout. */
export type HistoryEvent =
  | {
      readonly kind: "made";
      readonly atMs: number;
      readonly message: Message;
      /** Where it was made. */
      readonly place: PlaceId;
      readonly ask: boolean;
      readonly timer: boolean;
      /** The epoch of the actor whose timer made it. */
      readonly epoch?: number;
    }
  | {
      readonly kind: "handling";
      readonly atMs: number;
      readonly message: Message;
      readonly place: PlaceId;
      readonly epoch: number;
      /** It does not wait for the messages before it. */
      readonly concurrent?: true;
    }
  /** The strategy counts nodes: two sides of a cut may never serve one actor at once. */
  | { readonly kind: "quorum"; readonly atMs: number; readonly strategy: string }
  /** Several replicas of an actor serve, each under an epoch of its own. */
  | { readonly kind: "replicas"; readonly atMs: number; readonly strategy: string }
  | { readonly kind: "fault"; readonly atMs: number; readonly what: string }
  | {
      readonly kind: "event";
      readonly atMs: number;
      readonly node: string;
      readonly name: string;
      readonly detail: unknown;
      /** True for the word of a process that another one of its node's name has replaced. */
      readonly replaced?: true;
      /** Of an end: the lineage whose cell ended; absent when there was none. */
      readonly lineage?: string;
      /** Of an end without a cell: the epoch of the record that its node goes by, which may be of an earlier life than the actor's present one. */
      readonly epoch?: number;
    };

/** All that happened in a simulation, in order; the same for the same seed, byte for byte. */
export class History implements Observer {
  readonly events: HistoryEvent[] = [];
  /** The bounds that were broken at any time, in words. */
  readonly overfull = new Set<string>();
  readonly #nowMs: () => number;
  readonly #bornAtMs = new Map<string, number>();
  /** The lineages whose cells have ended, by node and id, until the node says so. */
  readonly #over = new Map<string, string>();
  /** The messages of timers, by the mailbox that they came to. */
  readonly #timers = new WeakMap<Envelope, Waiting>();
  readonly #envelopes = new WeakMap<Message, { readonly payload: Uint8Array; readonly header: Header | undefined }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  born(life: Life): void {
    for (const name of [life.name, lineageOf(life)]) if (!this.#bornAtMs.has(name)) this.#bornAtMs.set(name, this.#nowMs());
  }

  /** One that gave way to another life of its actor has not ended for good. */
  ended(id: ActorId, life: Life, place: PlaceId, reason: string): void {
    if (reason !== "conflict" && reason !== "replaced") this.#over.set(`${nodeOf(place)} ${id}`, lineageOf(life));
  }

  waits(actor: Waiting, place: PlaceId, limit: number, timer?: Envelope): void {
    if (timer !== undefined) this.#timers.set(timer, actor);
    // A timer's message that has gone on to another life of its actor is one like others there.
    const ofTimers = (): number => [...actor.mailbox].filter((envelope) => this.#timers.get(envelope) === actor).length;
    const problem = overfull(actor, place, limit, ofTimers);
    if (problem !== undefined) this.overfull.add(problem);
  }

  /** When a life, or a lineage, began, in virtual time. */
  bornAtMs(name: string): number {
    return this.#bornAtMs.get(name) ?? this.#nowMs();
  }

  /** A message has no epoch before it has a route; a timer's message has its actor's epoch from the start. */
  made(envelope: Envelope): void {
    this.events.push({
      kind: "made",
      atMs: this.#nowMs(),
      message: this.#message(envelope),
      place: envelope.origin,
      ask: envelope.ask !== 0,
      timer: envelope.epoch !== 0,
      ...(envelope.epoch === 0 ? {} : { epoch: envelope.epoch }),
    });
  }

  handling(envelope: Envelope, place: PlaceId, epoch: number, concurrent = false): void {
    const message = this.#message(envelope);
    this.events.push({ kind: "handling", atMs: this.#nowMs(), message, place, epoch, ...(concurrent ? { concurrent } : {}) });
  }

  quorum(strategy: string): void {
    this.events.push({ kind: "quorum", atMs: this.#nowMs(), strategy });
  }

  replicas(strategy: string): void {
    this.events.push({ kind: "replicas", atMs: this.#nowMs(), strategy });
  }

  fault(what: string): void {
    this.events.push({ kind: "fault", atMs: this.#nowMs(), what });
  }

  /**
   * `replaced`: another process of the node's name has taken the place of the one that says it; `epochOf`: of the record that the node has of an
   * actor.
   */
  event(
    node: string,
    name: string,
    detail: unknown,
    replaced = false,
    epochOf: (id: ActorId) => number | undefined = () => undefined,
  ): void {
    const ended = name === "childStopped" ? (detail as { readonly id: string }).id : undefined;
    const lineage = ended === undefined ? undefined : this.#lineageOver(node, ended);
    const epoch = ended === undefined || lineage !== undefined ? undefined : epochOf(ended);
    this.events.push({
      ...{ kind: "event", atMs: this.#nowMs(), node, name, detail: plainDetail(detail) },
      ...(replaced ? { replaced } : {}),
      ...(lineage === undefined ? {} : { lineage }),
      ...(epoch === undefined ? {} : { epoch }),
    });
  }

  #lineageOver(node: string, id: string): string | undefined {
    const key = `${node} ${id}`;
    const lineage = this.#over.get(key);
    this.#over.delete(key);
    return lineage;
  }

  /** The input of a message of this history as its handler got it, decoded anew for each call. */
  input(message: Message): unknown {
    const payload = this.#envelopes.get(message)?.payload;
    return payload === undefined ? message.input : decode(payload);
  }

  /** What a message of this history carried beside its input. */
  header(message: Message): Header | undefined {
    return this.#envelopes.get(message)?.header;
  }

  #message({ origin, sender, to, name, payload: sent, header }: Envelope): Message {
    // What its handler does to its input is no part of what was sent.
    const payload = payloadBytes(sent);
    const input = decode(payload);
    const message = { from: sender ?? origin, to, name, input: input === undefined ? undefined : plainValue(input) };
    this.#envelopes.set(message, { payload, header });
    return message;
  }
}

/** The payload of an event as plain data, without undefined fields, with errors as text. */
function plainDetail(detail: unknown): Plain {
  if (typeof detail !== "object" || detail === null) return plainValue(detail);
  const said = Object.entries(detail).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    said.map(([key, value]) => [key, value instanceof Error ? `${value.name}: ${value.message}` : plainValue(value)]),
  );
}
