/*
 * Answers the mailers of this node that ask where an actor is, and keeps those waiting whose actor is between two places.
 * Without it a message to an actor that restarts or moves would be reported as sent to nobody.
 */
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  gather,
  HubClosed,
  NodeDown,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
} from "@process-hub/protocol";

/** The result of a lookup: where messages go; "waits" when the actor has no place at the moment; undefined when there is no actor. */
export type Located = { readonly place: PlaceId; readonly epoch: Epoch } | "waits" | undefined;

/** What a registrar answers: the records it knows, and the ids whose actor is being started, or is between two lives, just now. */
export interface Known {
  readonly records: readonly RegistryRecord[];
  readonly pending: readonly ActorId[];
}

/** Where lookups are answered from, and to whom the answers go. */
export interface LookupQueuePorts {
  readonly checks: Checks;
  readonly clock: Clock;
  /** How long a waiting lookup waits at most before another look. */
  readonly retryMs: number;
  /** False when the node is closed. */
  readonly isOpen: () => boolean;
  readonly locate: (id: ActorId) => Located;
  /** The other node to ask, the ring's owner; undefined when that is this node. */
  readonly owner: (id: ActorId) => NodeName | undefined;
  readonly askOwner: (owner: NodeName, ids: readonly ActorId[]) => Promise<Known>;
  /** False for a place on a node that is no member here: not yet, or not any more. */
  readonly reaches: (place: PlaceId) => boolean;
  readonly answer: (to: PlaceId, id: ActorId, place: PlaceId | undefined, epoch: Epoch) => void;
}

/**
 * Answers the mailers of this node that ask where an actor is. An actor between two places (restarting, taken over, being started) keeps
 * its askers waiting. For an actor that is unknown here the ring's owner is asked before anyone hears that it does not exist.
 */
export class LookupQueue {
  readonly #ports: LookupQueuePorts;
  readonly #waiting = new Map<ActorId, Set<PlaceId>>();
  #looksAgain = false;

  constructor(ports: LookupQueuePorts) {
    this.#ports = ports;
  }

  resolve(asker: PlaceId, ids: readonly ActorId[]): void {
    const unknown = new Map<NodeName, ActorId[]>();
    for (const id of ids) {
      if (this.#tryAnswer(asker, id)) continue;
      const owner = this.#ports.owner(id);
      if (owner === undefined) this.#ports.answer(asker, id, undefined, 0);
      else gather(unknown, owner, id);
    }
    for (const [owner, some] of unknown) void this.#ask(asker, owner, some);
  }

  /** Something about the actor changed: its askers may get their answer now. */
  changed(id: ActorId): void {
    const askers = this.#waiting.get(id);
    if (askers === undefined) return;
    this.#waiting.delete(id);
    for (const asker of askers) this.resolve(asker, [id]);
  }

  /** This node's knowledge is complete again: all askers may get their answer now. */
  retry(): void {
    for (const id of [...this.#waiting.keys()]) this.changed(id);
  }

  /** A start that fails, or that another node is about to make, may never change a record here: those that wait are looked at again. */
  #lookAgain(): void {
    const { clock, retryMs, isOpen } = this.#ports;
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    clock.setTimeout(() => {
      this.#looksAgain = false;
      if (!isOpen()) return;
      const byAsker = new Map<PlaceId, ActorId[]>();
      for (const [id, askers] of this.#waiting) for (const asker of askers) gather(byAsker, asker, id);
      this.#waiting.clear();
      for (const [asker, ids] of byAsker) this.resolve(asker, ids);
    }, retryMs);
  }

  #tryAnswer(asker: PlaceId, id: ActorId): boolean {
    const located = this.#ports.locate(id);
    if (located === undefined) return false;
    if (located === "waits") this.#wait(asker, id);
    else this.#ports.answer(asker, id, located.place, located.epoch);
    return true;
  }

  #wait(asker: PlaceId, id: ActorId): void {
    this.#ports.checks.mark("lookupWaited");
    const askers = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, askers.add(asker));
    this.#lookAgain();
  }

  async #ask(asker: PlaceId, owner: NodeName, ids: readonly ActorId[]): Promise<void> {
    this.#ports.checks.mark("lookupAsked");
    try {
      const { records, pending } = await this.#ports.askOwner(owner, ids);
      const found = new Map(records.map((record) => [record.spec.id, record]));
      const begins = new Set(pending);
      for (const id of ids) {
        const record = found.get(id);
        if (record !== undefined && record.state !== "down" && this.#ports.reaches(record.place))
          this.#ports.answer(asker, id, record.place, record.epoch);
        else if (this.#tryAnswer(asker, id)) continue;
        else if (record !== undefined || begins.has(id)) this.#wait(asker, id);
        else this.#ports.answer(asker, id, undefined, 0);
      }
    } catch (error) {
      // The owner went down before it answered: the askers ask again, and by then another node is the owner.
      if (error instanceof NodeDown || error instanceof HubClosed) return;
      for (const id of ids) this.#ports.answer(asker, id, undefined, 0);
    }
  }
}
