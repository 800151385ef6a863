/*
 * Keeps the state of the transport's connection, and tells of each change once.
 * Without it a client that reports every failed try would flood the log, and `hub.stats()` could not show the state.
 */
import type { HubError, NodeName } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { ConnectionState } from "../events/hub-events.js";

/** The node whose connection it is, and the hooks that hear of it. */
export interface ConnectionPorts {
  readonly node: NodeName;
  readonly hooks: Pick<Hooks, "emit" | "log">;
}

/** The state of the transport's connection: kept for `hub.stats()`, told as `connectionChanged`, and logged. */
export class Connection {
  readonly #ports: ConnectionPorts;
  #state: ConnectionState = "connected";

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  /** The state that the transport last reported; "connected" before it reports any, and for a hub without a transport. */
  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * The transport reports a state. A hub whose transport is closed for good goes on: when all nodes were refused at once, its actors may be
   * the only ones left, and its user may want to save them.
   */
  changed(state: ConnectionState, cause: HubError | undefined): void {
    const { hooks, node } = this.#ports;
    // A client may report a state for each try that fails.
    if (state === this.#state) return;
    this.#state = state;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    if (state === "connected") hooks.log("info", "the transport is connected again");
    else if (state === "disconnected") hooks.log("warn", `the transport lost its connection, and tries again${why}`, cause);
    else hooks.log("error", `the transport is closed for good; this node reaches no other until it is made anew${why}`, cause);
    hooks.emit("connectionChanged", { node, state, cause });
  }
}
