/*
 * Leads the messages and requests of other coordinators to the parts that answer them.
 * Without it each part would have to listen to the links itself, and a message without a receiver would go unnoticed.
 */
import {
  type Bytes,
  decode,
  type Head,
  HubClosed,
  InvalidMessage,
  type NodeAnswer,
  NodeMessage,
  type NodeName,
  type NodeRequest,
  nodeLife,
  nodeLifeOf,
  nodeOf,
  type StopOutcome,
  toWireError,
} from "@process-hub/protocol";
import { z } from "zod";
import type { Stopped } from "../lifecycle/stopper.js";
import { forgedIn } from "./forged.js";
import type { Parts } from "./parts.js";

/** The messages and requests of other coordinators to this one. */
export class NodeMessages {
  readonly #parts: Parts;
  #open: () => void = () => {};
  /** Resolves when this node serves, or never will: until then requests wait. */
  readonly #opened: Promise<void>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Answers the waiting requests, and all later ones. */
  open(): void {
    this.#open();
  }

  /** A message came over a link. */
  received(from: NodeName, body: Bytes): void {
    let message: NodeMessage;
    let whole: unknown;
    try {
      whole = decode(body);
      message = NodeMessage.parse(whole);
    } catch (error) {
      this.#parts.counters.badFrame(from, error);
      this.#refuse(from, whole, error);
      return;
    }
    const forged = this.#forged(from, message);
    if (forged !== undefined) {
      this.#parts.counters.badFrame(from, new Error(forged));
      this.#refuse(from, whole, forged);
      return;
    }
    try {
      this.#act(from, message);
    } catch (error) {
      this.#parts.hooks.log("error", `a ${message.type} message of node ${from} failed: ${String(error)}`, error);
    }
  }

  /** Answers a malformed request with an error: otherwise its asker would wait for as long as this node lives. */
  #refuse(from: NodeName, whole: unknown, cause: unknown): void {
    const request = z.looseObject({ type: z.literal("request"), call: z.int().positive() }).safeParse(whole);
    if (!request.success) return;
    const error = toWireError(
      new InvalidMessage(`node ${this.#parts.local.name} cannot read the request: ${String(cause)}`, {
        node: this.#parts.local.name,
      }),
    );
    this.#parts.messenger.send(from, { type: "answer", call: request.data.call, error });
  }

  /** What a member may not say, in words: it counts as a bad frame. */
  #forged(from: NodeName, message: NodeMessage): string | undefined {
    const { membership, local, sync } = this.#parts;
    const peer = membership.peer(from);
    if (peer === undefined) return "a message of a node that is no member";
    const life = nodeLife(from, peer.incarnation);
    return forgedIn(message, { node: from, life, ownLife: nodeLifeOf(local.main), direct: sync.isDirect });
  }

  #act(from: NodeName, message: NodeMessage): void {
    switch (message.type) {
      case "packet":
        this.#parts.packets.route(message.packet);
        break;
      case "changes":
        this.#parts.sync.receiveChanges(message.batch, message.onward);
        break;
      case "snapshot":
        this.#parts.sync.receivePart(from, message.part);
        break;
      case "digest":
        this.#parts.sync.receiveDigest(from, message);
        break;
      case "lastRecords":
        this.#parts.sync.receiveLastRecords(from, message);
        break;
      case "unreached":
        this.#parts.sync.unreached(message.nodes);
        break;
      case "repair":
        this.#parts.sync.repair(from, message.after);
        break;
      case "load":
        this.#parts.loads?.heard(from, message.load);
        break;
      case "placeDown":
        void this.#parts.threadDeaths
          .drain(message.place, message.error)
          .then(() => this.#parts.messenger.send(from, { type: "placeDrainReported", place: message.place }));
        break;
      case "placeDrainReported":
        this.#parts.threadDeaths.drainReports.said(message.place, from);
        break;
      case "placeDrained":
        this.#parts.mailers.tell(message);
        break;
      case "status":
        this.#parts.membership.update(from, message.card);
        break;
      case "deaths":
        this.#parts.probation.told(message.count);
        break;
      case "raiseEpochAbove":
        this.#parts.duplicates.raiseEpochAbove(message.id, this.#parts.local.name, message.by);
        break;
      case "startsUnderWay":
        this.#parts.claims.heardOfStarts(from, message.ids);
        break;
      case "startsEnded":
        this.#parts.sync.whenReached(message.heads, () => this.#parts.startsToldOf.ended(from, message.ids));
        break;
      case "clusterSize":
        this.#parts.partition.reset(message.size).catch(() => {});
        break;
      case "notice":
        this.#parts.handlers.hear(message.name, message.input, from, this.#parts.hooks.log);
        break;
      case "request":
        this.#parts.requests.received(from, message);
        break;
      case "answer":
        this.#parts.requests.answered(from, message);
        break;
      default:
        message satisfies never;
    }
  }

  /** Handles a request. An error that it rejects with becomes the answer. */
  async handle(from: NodeName, request: NodeRequest): Promise<NodeAnswer> {
    await this.#opened;
    switch (request.type) {
      case "start": {
        this.#assertServes();
        const { starter, local, registry } = this.#parts;
        if (request.decided === true && local.draining) throw new HubClosed(`node ${this.#parts.local.name} is leaving`);
        if (request.freshEpoch !== undefined) registry.raiseEpochAbove(request.freshEpoch - 1);
        const outcomes = await (request.decided === true
          ? starter.startDecided(request.specs, request.altered === true)
          : starter.start(request.specs, request.hops, undefined, request.altered === true));
        const records = outcomes.flatMap(({ id, error }) => (error === undefined ? (registry.current(id) ?? []) : []));
        return { type: "start", outcomes, records };
      }
      case "stop":
        return {
          type: "stop",
          outcomes: (await this.#parts.stopper.stop(request.ids, request.deadlineMs)).map((one) =>
            stopOutcome(one, this.#parts.local.name),
          ),
        };
      case "move":
        return {
          type: "move",
          outcomes: await this.#parts.mover.move(request.ids, request.node, request.thread, {
            hops: request.hops,
            lane: request.lane,
            why: "move",
          }),
        };
      case "locate": {
        const { records, pending } = await this.#parts.locator.known(request.ids, request.hops ?? 0);
        return { type: "locate", records: [...records], ...(pending.length === 0 ? {} : { pending: [...pending] }) };
      }
      case "adopt":
        if (!this.#parts.sync.isCertain) await this.#parts.sync.certain();
        if (this.#parts.local.state !== "up" || this.#parts.local.draining)
          throw new HubClosed(`node ${this.#parts.local.name} is leaving`);
        return { type: "adopt", errors: await this.#parts.recovery.adopt(request.records, request.decided, request.swapped) };
      case "mergeDuplicate": {
        const error = await this.#parts.duplicates.mergeDuplicate(request.id, request.state, request.hops);
        return error === undefined ? { type: "mergeDuplicate" } : { type: "mergeDuplicate", error };
      }
      case "hosted":
        return { type: "hosted", ids: request.ids.filter((id) => this.#parts.duplicates.isHosted(id)) };
      case "leave":
        this.#parts.partition.leaves(nodeLife(from, request.incarnation));
        await this.#evacuate(from, request);
        return { type: "leave" };
      case "standbys":
        return { type: "standbys", states: await this.#parts.replicaStates.kept(request.ids) };
      case "isThere":
        return { type: "isThere", there: await this.#parts.onDemand.isHere(request.id) };
      case "update":
        this.#assertServes();
        return { type: "update", updated: await this.#parts.updater.here(request.id, request.update) };
      case "settled":
        return { type: "settled", ...this.#parts.settledness.here() };
      case "collect":
        return this.#collect(from, request);
      default:
        request satisfies never;
        throw new Error("unreachable");
    }
  }

  async #collect(from: NodeName, { name, input }: Extract<NodeRequest, { type: "collect" }>): Promise<NodeAnswer> {
    try {
      const value = await this.#parts.handlers.call(name, input, from);
      return { type: "collect", ...(value === undefined ? {} : { value }) };
    } catch (error) {
      return { type: "collect", error: toWireError(error) };
    }
  }

  /** A draining node still passes starts on to their owners; a closed node cannot. */
  #assertServes(): void {
    if (this.#parts.local.state !== "up" && this.#parts.local.state !== "closing")
      throw new HubClosed(`node ${this.#parts.local.name} is closed`);
  }

  /** How far the asker must know this node and the hosts to see the records that an answer speaks of. */
  headsFor(answer: NodeAnswer): Head[] {
    const { registry, local, sync } = this.#parts;
    if (answer.type === "locate" || answer.type === "leave" || answer.type === "collect" || answer.type === "settled") return [];
    const ids = answer.type === "start" || answer.type === "move" ? answer.outcomes.map(({ id }) => id) : [];
    const hosts = ids.flatMap((id) => registry.current(id)?.place ?? []).map((place) => nodeOf(place));
    // Who ended an actor that had moved on says so itself: this node's word of it may come first.
    const stoppers = answer.type === "stop" ? answer.outcomes.flatMap(({ node }) => node ?? []) : [];
    return sync.heads([local.name, ...hosts, ...stoppers]);
  }

  /** Resolves when this node knows all changes of the leaving node and sends nothing more there. */
  async #evacuate(
    node: NodeName,
    { incarnation, number }: { readonly incarnation: string; readonly number: number },
  ): Promise<void> {
    const life = nodeLife(node, incarnation);
    await new Promise<void>((known) => this.#parts.sync.whenReached([{ author: node, incarnation, number }], known));
    const threads = this.#parts.group.running;
    for (const place of threads) this.#parts.mailer.send(place, { type: "leaving", node: life });
    await this.#parts.mover.settled(node);
    const theirs = this.#parts.evacuations.begin(life, threads);
    for (const place of threads) this.#parts.mailer.send(place, { type: "evacuate", node: life });
    await Promise.all([theirs, this.#parts.mailer.evacuate(life)]);
  }
}

function stopOutcome({ id, node, error }: Stopped, self: NodeName): StopOutcome {
  return { id, ...(node === self ? {} : { node }), ...(error === undefined ? {} : { error }) };
}
