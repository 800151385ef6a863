import type { Clock, NodeLoad, NodeName, Timer } from "@process-hub/protocol";

/** What a machine says of this node's process; the rest of a load is counted by the hub. */
export interface LoadMeter {
  /** The busiest of its event loops since it was asked last: 0 idle, 1 never idle. */
  eventLoop(): number;
  /** Of the memory that its process may use: 0 none, 1 all. */
  memory(): number;
}

/** What loads need. */
export interface LoadPorts {
  readonly self: NodeName;
  readonly clock: Clock;
  readonly everyMs: number;
  /** Loads kept of each node. */
  readonly historySize: number;
  readonly measure: () => NodeLoad;
  /** Tells all members. */
  readonly tell: (load: NodeLoad) => void;
  /** A node, this one perhaps, has another load than before. */
  readonly changed: () => void;
}

/** How busy the nodes are: measures this one every so often, tells the others, and keeps what each said lately. */
export class Loads {
  readonly #ports: LoadPorts;
  readonly #histories = new Map<NodeName, readonly NodeLoad[]>();
  #timer: Timer | undefined;

  constructor(ports: LoadPorts) {
    this.#ports = ports;
  }

  /** Measures at once, and again and again until `stop`. */
  start(): void {
    const { self, clock, everyMs, measure, tell } = this.#ports;
    const load = measure();
    tell(load);
    this.heard(self, load);
    this.#timer = clock.setTimeout(() => this.start(), everyMs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A node said how busy it is. */
  heard(node: NodeName, load: NodeLoad): void {
    const { historySize, changed } = this.#ports;
    this.#histories.set(node, [...(this.#histories.get(node) ?? []), load].slice(-historySize));
    changed();
  }

  left(node: NodeName): void {
    this.#histories.delete(node);
  }

  /** What a node said lately, oldest first; none when it has not said anything. */
  of(node: NodeName): readonly NodeLoad[] | undefined {
    return this.#histories.get(node);
  }
}
