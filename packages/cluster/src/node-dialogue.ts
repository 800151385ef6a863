import {
  type Bytes,
  decode,
  HubClosed,
  InvalidMessage,
  type NodeAnswer,
  NodeMessage,
  type NodeName,
  type NodeRequest,
  nodeLife,
  type StopOutcome,
  toWireError,
} from "@process-hub/protocol";
import { z } from "zod";
import type { Coordinator } from "./coordinator.js";
import type { Stopped } from "./stopper.js";

/** What other coordinators say to this one, and ask of it. */
export class NodeDialogue {
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
      this.#coordinator.badFrame(from, error);
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
        this.#coordinator.route(message.packet);
        break;
      case "changes":
        this.#coordinator.sync.receiveChanges(from, message.batch);
        break;
      case "snapshot":
        this.#coordinator.sync.receivePart(from, message.part);
        break;
      case "digest":
        this.#coordinator.sync.receiveDigest(from, message);
        break;
      case "repair":
        this.#coordinator.sync.snapshot(from);
        break;
      case "placeDown":
        this.#coordinator.tellPlaces(message);
        break;
      case "status":
        this.#coordinator.membership.update(message.card);
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
        const outcomes = await this.#coordinator.starter.start(request.specs, request.hops);
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
        return { type: "locate", records: request.ids.flatMap((id) => this.#coordinator.registry.current(id) ?? []) };
      case "adopt":
        if (this.#coordinator.state !== "up" || this.#coordinator.draining)
          throw new HubClosed(`node ${this.#coordinator.node} is leaving`);
        return { type: "adopt", errors: await this.#coordinator.recovery.adopt(request.records) };
      case "leave":
        this.#coordinator.partition.leaves(nodeLife(from, request.incarnation));
        await this.#evacuate(from, nodeLife(from, request.incarnation));
        return { type: "leave" };
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

  /** Nothing more goes from this node to the one that leaves, when it resolves. */
  async #evacuate(node: NodeName, life: string): Promise<void> {
    await this.#coordinator.mover.settled(node);
    const threads = this.#coordinator.group.places.filter((place) => this.#coordinator.group.has(place));
    const theirs = this.#coordinator.evacuations.begin(life, threads);
    for (const place of threads) this.#coordinator.post.send(place, { type: "evacuate", node: life });
    await Promise.all([theirs, this.#coordinator.post.evacuate(life)]);
  }
}

function stopOutcome({ id, error }: Stopped): StopOutcome {
  return error === undefined ? { id } : { id, error };
}
