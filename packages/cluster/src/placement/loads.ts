/*
 * Measures how busy this node is, tells the members, and keeps what each of them said lately.
 * Without it a distribution by load would have nothing to decide by.
 */
import type { Clock, NodeLoad, NodeName, Timer } from "@process-hub/protocol";

/** Measures this node's process; the hub counts the rest of a load. */
export interface LoadMeter {
  /** The busiest of its event loops since it was asked last: 0 idle, 1 never idle. */
  eventLoop(): number;
  /** How much of its allowed memory the process uses: 0 none, 1 all. */
  memory(): number;
}

/** How loads are measured and told. */
export interface LoadPorts {
  readonly self: NodeName;
  readonly clock: Clock;
  readonly everyMs: number;
  /** How many loads of each node are kept. */
  readonly historySize: number;
  readonly measure: () => NodeLoad;
  /** Tells all members. */
  readonly tell: (load: NodeLoad) => void;
  /** A node, perhaps this one, has a new load. */
  readonly changed: (node: NodeName, load: NodeLoad) => void;
}

/** How busy the nodes are: the latest loads of each, this node's measured every `everyMs`. */
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
    changed(node, load);
  }

  /** What each node said last. */
  latest(): Readonly<Record<NodeName, NodeLoad>> {
    return Object.fromEntries([...this.#histories].flatMap(([node, loads]) => loads.slice(-1).map((load) => [node, load])));
  }

  left(node: NodeName): void {
    this.#histories.delete(node);
  }

  /** The latest loads of a node, oldest first; undefined when it has sent none. */
  of(node: NodeName): readonly NodeLoad[] | undefined {
    return this.#histories.get(node);
  }
}
