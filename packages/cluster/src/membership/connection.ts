import type { HubError, TransportReceiver } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";

/** Whether the way to all others is there, lost and sought again, or lost for good. */
export type ConnectionState = Parameters<TransportReceiver["connection"]>[0];

/** What the transport says of the way to all others: kept for `hub.stats()`, told as `connectionChanged`, and logged. */
export class Connection {
  readonly #coordinator: Coordinator;
  #state: ConnectionState = "connected";

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** As the transport last said; before it says anything, and without one: connected. */
  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * The transport says so. A hub whose transport is closed for good goes on: what it runs may be all that is left of it, when all nodes were
   * refused at once, and is for its user to save.
   */
  changed(state: ConnectionState, cause: HubError | undefined): void {
    const { log, hooks, node } = this.#coordinator;
    // A client may say so for each try that fails.
    if (state === this.#state) return;
    this.#state = state;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    if (state === "connected") log("info", "the transport is connected again");
    else if (state === "disconnected") log("warn", `the transport lost its connection, and tries again${why}`, cause);
    else log("error", `the transport is closed for good; this node reaches no other until it is made anew${why}`, cause);
    hooks.emit("connectionChanged", { node, state, cause });
  }
}
