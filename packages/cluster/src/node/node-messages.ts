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
  nodeOf,
  type StopOutcome,
  toWireError,
} from "@process-hub/protocol";
import { z } from "zod";
import type { Stopped } from "../lifecycle/stopper.js";
import type { Coordinator } from "./coordinator.js";

/** What other coordinators say to this one, and ask of it. */
export class NodeMessages {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** A message came over a link. */
  received(from: NodeName, body: Bytes): void {
    let message: NodeMessage;
    let whole: unknown;
    try {
      whole = decode(body);
      message = NodeMessage.parse(whole);
    } catch (error) {
      this.#coordinator.counters.badFrame(from, error);
      this.#refuse(from, whole, error);
      return;
    }
    try {
      this.#act(from, message);
    } catch (error) {
      this.#coordinator.log("error", `a ${message.type} message of node ${from} failed: ${String(error)}`, error);
    }
  }

  /** A request that does not fit has an answer too, or its asker would wait for as long as this node lives. */
  #refuse(from: NodeName, whole: unknown, cause: unknown): void {
    const request = z.looseObject({ type: z.literal("request"), call: z.int().positive() }).safeParse(whole);
    if (!request.success) return;
    const error = toWireError(
      new InvalidMessage(`node ${this.#coordinator.node} cannot read the request: ${String(cause)}`, {
        node: this.#coordinator.node,
      }),
    );
    this.#coordinator.send(from, { type: "answer", call: request.data.call, error });
  }

  #act(from: NodeName, message: NodeMessage): void {
    switch (message.type) {
      case "packet":
        this.#coordinator.packets.route(message.packet);
        break;
      case "changes":
        this.#coordinator.sync.receiveChanges(message.batch, message.onward);
        break;
      case "snapshot":
        this.#coordinator.sync.receivePart(from, message.part);
        break;
      case "digest":
        this.#coordinator.sync.receiveDigest(from, message);
        break;
      case "lastRecords":
        this.#coordinator.sync.receiveLastRecords(from, message);
        break;
      case "unreached":
        this.#coordinator.sync.unreached(message.nodes);
        break;
      case "repair":
        this.#coordinator.sync.repair(from, message.after);
        break;
      case "load":
        this.#coordinator.loads?.heard(from, message.load);
        break;
      case "placeDown":
        void this.#coordinator.threadDeaths
          .severed(message.place, message.error)
          .then(() => this.#coordinator.send(from, { type: "placeSevered", place: message.place }));
        break;
      case "placeSevered":
        this.#coordinator.threadDeaths.severances.said(message.place, from);
        break;
      case "placeDrained":
        this.#coordinator.mailers.tell(message);
        break;
      case "status":
        this.#coordinator.membership.update(message.card);
        break;
      case "surpassed":
        this.#coordinator.conflicts.surpassed(message.id, this.#coordinator.node, message.by);
        break;
      case "clusterSize":
        this.#coordinator.partition.reset(message.size).catch(() => {});
        break;
      case "request":
        this.#coordinator.requests.received(from, message);
        break;
      case "answer":
        this.#coordinator.requests.answered(message);
        break;
      default:
        message satisfies never;
    }
  }

  /** Does what a request asks for; what it rejects with is the answer. */
  async handle(from: NodeName, request: NodeRequest): Promise<NodeAnswer> {
    await this.#coordinator.isUp;
    switch (request.type) {
      case "start": {
        this.#assertServes();
        const { starter, draining } = this.#coordinator;
        if (request.decided === true && draining) throw new HubClosed(`node ${this.#coordinator.node} is leaving`);
        const outcomes = await (request.decided === true
          ? starter.startDecided(request.specs)
          : starter.start(request.specs, request.hops));
        const records = outcomes.flatMap(({ id, error }) =>
          error === undefined ? (this.#coordinator.registry.current(id) ?? []) : [],
        );
        return { type: "start", outcomes, records };
      }
      case "stop":
        return {
          type: "stop",
          outcomes: (await this.#coordinator.stopper.stop(request.ids, request.deadlineMs)).map(stopOutcome),
        };
      case "move":
        return {
          type: "move",
          outcomes: await this.#coordinator.mover.move(request.ids, request.node, request.thread, request.hops),
        };
      case "locate":
        if (!this.#coordinator.sync.isCertain) await this.#coordinator.sync.certain();
        return { type: "locate", records: request.ids.flatMap((id) => this.#coordinator.registry.current(id) ?? []) };
      case "adopt":
        if (!this.#coordinator.sync.isCertain) await this.#coordinator.sync.certain();
        if (this.#coordinator.state !== "up" || this.#coordinator.draining)
          throw new HubClosed(`node ${this.#coordinator.node} is leaving`);
        return { type: "adopt", errors: await this.#coordinator.recovery.adopt(request.records, request.decided) };
      case "mergeDuplicate": {
        const error = await this.#coordinator.conflicts.takeOver(request.id, request.state, request.hops);
        return error === undefined ? { type: "mergeDuplicate" } : { type: "mergeDuplicate", error };
      }
      case "leave":
        this.#coordinator.partition.leaves(nodeLife(from, request.incarnation));
        await this.#evacuate(from, request);
        return { type: "leave" };
      case "standbys":
        return { type: "standbys", copies: await this.#coordinator.replicaStates.kept(request.ids) };
      default:
        request satisfies never;
        throw new Error("unreachable");
    }
  }

  /** One that drains passes starts on to where they belong now; one that is closed has no way to. */
  #assertServes(): void {
    if (this.#coordinator.state !== "up" && this.#coordinator.state !== "closing")
      throw new HubClosed(`node ${this.#coordinator.node} is closed`);
  }

  /** How far those must be known who say what an answer tells of: this node, and the hosts. */
  headsFor(answer: NodeAnswer): Head[] {
    const { registry, node, sync } = this.#coordinator;
    if (answer.type === "locate" || answer.type === "leave") return [];
    const ids = answer.type === "start" || answer.type === "move" ? answer.outcomes.map(({ id }) => id) : [];
    const hosts = ids.flatMap((id) => registry.current(id)?.place ?? []).map((place) => nodeOf(place));
    return sync.heads([node, ...hosts]);
  }

  /** When it resolves, all that the one who leaves has said is known here, and nothing more goes there. */
  async #evacuate(
    node: NodeName,
    { incarnation, number }: { readonly incarnation: string; readonly number: number },
  ): Promise<void> {
    const life = nodeLife(node, incarnation);
    await new Promise<void>((known) => this.#coordinator.sync.whenReached([{ author: node, incarnation, number }], known));
    await this.#coordinator.mover.settled(node);
    const threads = this.#coordinator.group.places.filter((place) => this.#coordinator.group.has(place));
    const theirs = this.#coordinator.evacuations.begin(life, threads);
    for (const place of threads) this.#coordinator.mailer.send(place, { type: "evacuate", node: life });
    await Promise.all([theirs, this.#coordinator.mailer.evacuate(life)]);
  }
}

function stopOutcome({ id, error }: Stopped): StopOutcome {
  return error === undefined ? { id } : { id, error };
}
