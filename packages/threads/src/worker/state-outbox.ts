import type { PlaceId, ReplicaFrame, ReplicaState } from "@process-hub/protocol";
import { splitByBytes } from "./split-by-bytes.js";

/** What a state outbox is given. */
interface StateOutboxPorts {
  send(to: PlaceId, frame: Extract<ReplicaFrame, { type: "states" }>, bytes: number): void;
  isDown(place: PlaceId): boolean;
}

const frameBytes = 128 * 1024;

/**
 * Gathers the states that go to each place in one turn, so that they travel together, in frames of a bounded size.
 * Without it each message an actor handles would be a packet of its own to each place that follows it.
 */
export class StateOutbox {
  readonly #ports: StateOutboxPorts;
  #states = new Map<PlaceId, ReplicaState[]>();

  constructor(ports: StateOutboxPorts) {
    this.#ports = ports;
  }

  /** Sends a state to a place at the end of this turn. */
  push(to: PlaceId, state: ReplicaState): void {
    if (this.#states.size === 0) queueMicrotask(() => this.#flush());
    const states = this.#states.get(to);
    if (states === undefined) this.#states.set(to, [state]);
    else states.push(state);
  }

  #flush(): void {
    const all = this.#states;
    this.#states = new Map();
    for (const [to, states] of all) {
      if (this.#ports.isDown(to)) continue;
      for (const { items, bytes } of splitByBytes(states, stateBytes, frameBytes))
        this.#ports.send(to, { type: "states", copies: [...items] }, bytes);
    }
  }
}

/** What a state takes on its way, or a little more. */
export function stateBytes({ state, timers }: ReplicaState): number {
  return timers.reduce((sum, { payload }) => sum + payload.byteLength + 64, state.byteLength + 64);
}
