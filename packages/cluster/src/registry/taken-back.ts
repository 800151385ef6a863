/*
 * The last record of an actor here stays a while when its author takes it back: another node speaks for the actor, and its record is on its way.
 * Without it the id would look free where the news of two nodes come out of order, and a start could begin the actor beside itself.
 */
import type { ActorId, Clock, NodeName, RegistryRecord, Timer } from "@process-hub/protocol";
import type { Held } from "./records.js";

/** Records that their authors took back, kept until another node's record comes, the actor's end, or the end of their time. */
export class TakenBack {
  readonly #clock: Pick<Clock, "setTimeout">;
  readonly #forMs: number;
  readonly #timeIsOver: (author: NodeName, id: ActorId) => void;
  readonly #byId = new Map<ActorId, Held & { readonly timer: Timer }>();

  /** `forMs`: as long as a link may take to deliver, or else breaks: then the node that speaks for the actor is down here. */
  constructor(clock: Pick<Clock, "setTimeout">, forMs: number, timeIsOver: (author: NodeName, id: ActorId) => void) {
    this.#clock = clock;
    this.#forMs = forMs;
    this.#timeIsOver = timeIsOver;
  }

  get(id: ActorId): Held | undefined {
    return this.#byId.get(id);
  }

  keep(author: NodeName, record: RegistryRecord): void {
    const { id } = record.spec;
    this.forget(id);
    const timer = this.#clock.setTimeout(() => this.#timeIsOver(author, id), this.#forMs);
    this.#byId.set(id, { author, record, timer });
  }

  forget(id: ActorId): void {
    this.#byId.get(id)?.timer.cancel();
    this.#byId.delete(id);
  }
}
