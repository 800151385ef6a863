import { type PlaceId, type ReplicaFrame, type ReplicaState, TurnBatch, tiesBytes } from "@process-hub/protocol";
import { groupedBy } from "./grouped-by.js";
import { owedBytes } from "./snapshot-bytes.js";
import { splitByBytes } from "./split-by-bytes.js";

/** The ports of a state outbox. */
interface StateOutboxPorts {
  send(to: PlaceId, frame: Extract<ReplicaFrame, { type: "states" }>, bytes: number): void;
  isDown(place: PlaceId): boolean;
}

/** A state, and the place it goes to. */
interface Addressed {
  readonly to: PlaceId;
  readonly state: ReplicaState;
}

const frameBytes = 128 * 1024;

/**
 * Gathers the states that go to each place in one turn, so that they travel together, in frames of a bounded size.
 * Without it each message an actor handles would be a packet of its own to each place that follows it.
 */
export class StateOutbox {
  readonly #ports: StateOutboxPorts;
  readonly #states = new TurnBatch<Addressed>((states) => this.#sendAll(states));

  constructor(ports: StateOutboxPorts) {
    this.#ports = ports;
  }

  /** Sends a state to a place at the end of this turn. */
  push(to: PlaceId, state: ReplicaState): void {
    this.#states.add({ to, state });
  }

  #sendAll(all: readonly Addressed[]): void {
    for (const group of groupedBy(all, ({ to }) => to)) {
      const [{ to }] = group;
      if (this.#ports.isDown(to)) continue;
      for (const { items, bytes } of splitByBytes(group, ({ state }) => stateBytes(state), frameBytes))
        this.#ports.send(to, { type: "states", states: items.map(({ state }) => state) }, bytes);
    }
  }
}

/** The bytes that a state takes on its way, or a little more. */
export function stateBytes({ state, timers, owed = [], ties }: ReplicaState): number {
  const more = 64 + owedBytes(owed) + (ties === undefined ? 0 : tiesBytes(ties));
  return timers.reduce((sum, { payload }) => sum + payload.byteLength + 64, state.byteLength + more);
}
