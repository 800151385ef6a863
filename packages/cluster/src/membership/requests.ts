/*
 * Questions from one coordinator to another, each answered exactly once.
 * Without it a caller could wait for ever for a node that died, or get an answer that was lost for being too large.
 */
import {
  type Checks,
  type Clock,
  fromWireError,
  type Head,
  HubClosed,
  HubError,
  InvalidReply,
  NodeAnswer,
  NodeDown,
  type NodeMessage,
  type NodeName,
  type NodeRequest,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { halved, joined } from "./request-parts.js";

/** How requests are sent and answered. */
export interface RequestPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  /** False when the node is not a member. Throws `InvalidMessage` for what is too large to be sent. */
  readonly send: (to: NodeName, message: NodeMessage) => boolean;
  /** The life of a member; undefined when the node is none. */
  readonly lifeOf: (node: NodeName) => string | undefined;
  readonly handle: (from: NodeName, request: NodeRequest) => Promise<NodeAnswer>;
  /** How far the asker must know authors to see the records that an answer speaks of. */
  readonly heads: (answer: NodeAnswer) => Head[];
  /** Runs `done` when this node knows authors that far. */
  readonly whenReached: (heads: readonly Head[], done: () => void) => void;
  /** True when this node knows authors that far, and they are members. */
  readonly knows: (heads: readonly Head[]) => boolean;
}

interface Pending {
  readonly node: NodeName;
  /** The answer alone is worth nothing: what it speaks of must be known here, or it ends with the node that gave it. */
  readonly mustBeKnown: boolean;
  readonly resolve: (answer: NodeAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Questions from coordinator to coordinator. Each has one outcome: the answer of the other, or `NodeDown`, or `HubClosed`. */
export class Requests {
  readonly #ports: RequestPorts;
  readonly #pending = new Map<number, Pending>();
  /** Those that have been answered, and wait until this node can read what their answers speak of. */
  readonly #answered = new Set<Pending>();
  #last = 0;
  #closed = false;

  constructor(ports: RequestPorts) {
    this.#ports = ports;
  }

  /** Asks a node; the answer is of the request's type. The wait ends after `timeoutMs`, or, when none is given, when the node goes down. */
  ask<T extends NodeRequest["type"]>(
    node: NodeName,
    request: Extract<NodeRequest, { type: T }>,
    timeoutMs?: number,
  ): Promise<Extract<NodeAnswer, { type: T }>> {
    return this.#ask(node, request, timeoutMs).then((answer) => {
      if (answer.type !== request.type)
        throw new HubError("InvalidReply", `node ${node} answered a ${request.type} with a ${answer.type}`, { node });
      return answer as Extract<NodeAnswer, { type: T }>;
    });
  }

  /** Sends a request; a request that is too large, or whose answer is, goes in halves. */
  #ask(node: NodeName, request: NodeRequest, timeoutMs: number | undefined): Promise<NodeAnswer> {
    if (this.#closed) return Promise.reject(closed());
    const call = ++this.#last;
    return new Promise<NodeAnswer>((resolve, reject) => {
      const inHalves = (error: unknown): void => {
        const halves = halved(request);
        if (halves === undefined) reject(error);
        else {
          this.#ports.checks.mark("requestHalved");
          Promise.all(halves.map((half) => this.#ask(node, half, timeoutMs))).then(
            (answers) => resolve(answers.reduce(joined)),
            reject,
          );
        }
      };
      const failed = (error: unknown): void => (isLargeRead(request, error) ? inHalves(error) : reject(error));
      this.#pending.set(call, { node, mustBeKnown: request.type === "update", resolve, reject: failed });
      try {
        if (!this.#ports.send(node, { type: "request", call, request }))
          this.#settle(call)?.reject(new NodeDown(`node ${node} is not a member of the hub`, { node }));
      } catch (error) {
        this.#settle(call);
        inHalves(error);
        return;
      }
      if (timeoutMs === undefined) return;
      this.#ports.clock.setTimeout(() => {
        this.#settle(call)?.reject(
          new NodeDown(`node ${node} did not answer a ${request.type} within ${timeoutMs} ms`, { node, timeoutMs }),
        );
      }, timeoutMs);
    });
  }

  received(from: NodeName, { call, request }: Extract<NodeMessage, { type: "request" }>): void {
    const { lifeOf, handle } = this.#ports;
    const asker = lifeOf(from);
    // Each life counts its calls anew: the next one would take the answer for that of a call of its own.
    const isThere = (): boolean => lifeOf(from) === asker;
    handle(from, request).then(
      (answer) => isThere() && this.#answer(from, call, answer),
      (error: unknown) => isThere() && this.#refuse(from, call, toWireError(error)),
    );
  }

  /**
   * Sends an answer. In place of an answer that is too large the asker gets an error, or, for a start, the outcomes without the records,
   * which reach all nodes soon anyway.
   */
  #answer(to: NodeName, call: number, answer: NodeAnswer): void {
    try {
      this.#ports.send(to, { type: "answer", call, answer, heads: this.#ports.heads(answer) });
    } catch (cause) {
      if (answer.type === "start" && answer.records.length > 0) {
        this.#answer(to, call, { ...answer, records: [] });
        return;
      }
      const error = new InvalidReply(`the answer to a ${answer.type} is too large: ${String(cause)}`, { tooLarge: answer.type });
      this.#refuse(to, call, toWireError(error));
    }
  }

  #refuse(to: NodeName, call: number, error: WireError): void {
    try {
      this.#ports.send(to, { type: "answer", call, error });
    } catch {
      const { name, code, message } = error;
      const short = { name, message: message.slice(0, 500), ...(code === undefined ? {} : { code }) };
      this.#ports.send(to, { type: "answer", call, error: short });
    }
  }

  /** An answer of a node. Another than the one that was asked cannot give it. */
  answered(from: NodeName, { call, answer, heads = [], error }: Extract<NodeMessage, { type: "answer" }>): void {
    if (this.#pending.get(call)?.node !== from) return;
    const pending = this.#settle(call);
    if (pending !== undefined && answer !== undefined) {
      // Other members may still have to pass the changes on: the asker waits until it can read its own writes.
      this.#answered.add(pending);
      this.#ports.whenReached(heads, () => {
        if (!this.#answered.delete(pending)) return;
        if (!pending.mustBeKnown || this.#ports.knows(heads)) pending.resolve(NodeAnswer.parse(answer));
        else pending.reject(new NodeDown(`node ${from} answered, and what it changed has not come here`, { node: from }));
      });
    } else pending?.reject(error === undefined ? new HubError("InvalidReply", "an empty answer") : fromWireError(error));
  }

  nodeDown(node: NodeName): void {
    for (const [call, pending] of this.#pending) {
      if (pending.node === node) this.#settle(call)?.reject(new NodeDown(`node ${node} went down before it answered`, { node }));
    }
  }

  /** Those that wait for an answer end, and no other node is asked any more. */
  close(): void {
    this.#closed = true;
    const waiting = [...this.#pending.values(), ...this.#answered];
    this.#pending.clear();
    this.#answered.clear();
    for (const { reject } of waiting) reject(closed());
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    return pending;
  }
}

function closed(): HubClosed {
  return new HubClosed("the hub was closed while it waited for another node");
}

/** True for a request that only reads, and whose answer was too large: it can be asked again in halves. */
function isLargeRead(request: NodeRequest, error: unknown): boolean {
  return (
    error instanceof InvalidReply &&
    error.fields.tooLarge === request.type &&
    (request.type === "locate" || request.type === "standbys")
  );
}
