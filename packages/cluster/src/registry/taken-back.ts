/*
 * The last record of an actor here stays a while when its author takes it back: another node speaks for the actor, and its record is on its way.
 * Without it the id would look free where the news of two nodes come out of order, and a start could begin the actor beside itself.
 */
import {
  type ActorId,
  BoundedMap,
  type Clock,
  type Epoch,
  type NodeName,
  type RegistryRecord,
  type Timer,
} from "@process-hub/protocol";
import type { Held } from "./records.js";

/** Of how many ids it is remembered under which epoch their actors ended. */
const endsSize = 10_000;

/** Records that their authors took back, kept until another node's record comes, the actor's end, or the end of their time. */
export class TakenBack {
  readonly #clock: Pick<Clock, "setTimeout">;
  readonly #forMs: number;
  readonly #timeIsOver: (author: NodeName, id: ActorId) => void;
  readonly #byId = new Map<ActorId, Held & { readonly timer: Timer }>();
  readonly #ends = new BoundedMap<ActorId, Epoch>(endsSize);

  /** `forMs`: as long as a link may take to deliver, or else breaks: then the node that speaks for the actor is down here. */
  constructor(clock: Pick<Clock, "setTimeout">, forMs: number, timeIsOver: (author: NodeName, id: ActorId) => void) {
    this.#clock = clock;
    this.#forMs = forMs;
    this.#timeIsOver = timeIsOver;
  }

  get(id: ActorId): Held | undefined {
    return this.#byId.get(id);
  }

  /** Those that are kept now. */
  get all(): Held[] {
    return [...this.#byId.values()];
  }

  keep(author: NodeName, record: RegistryRecord): void {
    const { id } = record.spec;
    this.forget(id);
    const timer = this.#clock.setTimeout(() => this.#timeIsOver(author, id), this.#forMs);
    this.#byId.set(id, { author, record, timer });
  }

  /** Its actor has ended under an epoch. */
  noteEnd(id: ActorId, epoch: Epoch): void {
    this.#ends.set(id, Math.max(epoch, this.#ends.get(id) ?? 0));
  }

  /** True when the actor has ended under this epoch or a later one: a duplicate that is taken back after that gave way to one that is over. */
  endedAbove(id: ActorId, epoch: Epoch): boolean {
    return epoch <= (this.#ends.get(id) ?? 0);
  }

  forget(id: ActorId): void {
    this.#byId.get(id)?.timer.cancel();
    this.#byId.delete(id);
  }
}
