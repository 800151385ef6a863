/**
 * The port between a hub and its network.
 * Without it the hub would be tied to one network, and could not be simulated on a hostile one.
 */
import type { Bytes } from "./codec.js";
import type { HubError } from "./errors.js";
import type { NodeName } from "./place.js";

/** What a transport tells its user. */
export interface TransportReceiver {
  /** Bytes came from a node. May be garbage: the receiver checks. */
  message(from: NodeName, bytes: Bytes): void;
  /** The transport lost, or found again, its way to the others; "closed": for good, by the cause. */
  connection(state: "connected" | "disconnected" | "closed", cause?: HubError): void;
}

/**
 * How nodes of a hub reach each other. It may drop, duplicate, delay and reorder; it must not alter.
 * One conformance suite runs on every implementation.
 */
export interface Transport {
  /**
   * The largest payload that it carries, in bytes; absent: any. A hub whose transport says so refuses whatever is too large to travel at its
   * source, between threads of one node as well: what cannot travel fails on a laptop. The same on all nodes, and at least 1 MiB.
   */
  readonly maxBytes?: number | undefined;
  /** True when what it carries stays within this process, so that nobody else can read or forge it. */
  readonly isPrivate?: boolean | undefined;
  /** Starts to receive as `node` of `hub`. Rejects when the way out cannot be had. */
  open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void>;
  /** To every other node of the hub, as far as it can be reached. */
  broadcast(bytes: Bytes): void;
  /** To one node. Nothing happens when there is no such node. */
  send(to: NodeName, bytes: Bytes): void;
  /** Sends what is still waiting, then stops. It may be opened again, under another name. */
  close(): Promise<void>;
}
