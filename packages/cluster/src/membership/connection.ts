import type { HubError, NodeName } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { ConnectionState } from "../events/hub-events.js";

/** Who tells of it, and by what. */
export interface ConnectionPorts {
  readonly node: NodeName;
  readonly hooks: Pick<Hooks, "emit" | "log">;
}

/** What the transport says of the way to all others: kept for `hub.stats()`, told as `connectionChanged`, and logged. */
export class Connection {
  readonly #ports: ConnectionPorts;
  #state: ConnectionState = "connected";

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
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
    const { hooks, node } = this.#ports;
    // A client may say so for each try that fails.
    if (state === this.#state) return;
    this.#state = state;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    if (state === "connected") hooks.log("info", "the transport is connected again");
    else if (state === "disconnected") hooks.log("warn", `the transport lost its connection, and tries again${why}`, cause);
    else hooks.log("error", `the transport is closed for good; this node reaches no other until it is made anew${why}`, cause);
    hooks.emit("connectionChanged", { node, state, cause });
  }
}
