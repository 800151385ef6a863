import { type Cell, hearEvent, newsInput, type Subscription } from "@process-hub/actor";
import { type Bytes, decode, type ResyncReason, toWireError } from "@process-hub/protocol";
import type { End, EventRelations, Listener, Told } from "../mail/index.js";

/** So many messages of one subscription wait in a mailbox: then the rest waits where it is emitted. */
const mostWaiting = 256;

/** The inputs that one batch of events makes: the same for all subscribers of the thread. */
type Inputs = WeakMap<object, Bytes>;

/** An actor of this thread that has subscribed. */
class Hearing implements Listener {
  readonly #cell: Cell;
  readonly subscription: Subscription;
  readonly #inputs: Inputs;

  constructor(cell: Cell, subscription: Subscription, inputs: Inputs) {
    this.#cell = cell;
    this.subscription = subscription;
    this.#inputs = inputs;
  }

  begun(after: number, term: string): void {
    this.subscription.seq ??= after;
    this.subscription.term = term;
  }

  heard({ term, items }: Told): void {
    this.subscription.term = term;
    for (const item of items) {
      const [seq, payload] = item;
      const input = this.#inputs.get(item) ?? newsInput(this.subscription, { type: "event", seq }, decode(payload));
      this.#inputs.set(item, input);
      hearEvent(this.#cell, this.subscription, { type: "event", seq }, input);
    }
  }

  missed(reason: ResyncReason, seq: number, term: string): void {
    this.subscription.term = term;
    const heard = { type: "resync", seq, reason } as const;
    hearEvent(this.#cell, this.subscription, heard, newsInput(this.subscription, heard));
  }

  ended({ reason, error }: End): void {
    if (reason === "HubClosed") return;
    if (error !== undefined) this.#cell.host.log("error", this.#cell.id, `ctx.subscribe: ${error.message}`, toWireError(error));
    const heard = { type: "ended", reason } as const;
    hearEvent(this.#cell, this.subscription, heard, newsInput(this.subscription, heard));
  }

  get isFull(): boolean {
    return this.subscription.waiting >= mostWaiting;
  }
}

/**
 * The subscriptions of this thread's actors: its place listens once to each event, by way of the main thread.
 * Without it an event would cross to the thread once for each actor that hears it.
 */
export class EventHearing {
  readonly #relations: Pick<EventRelations, "add" | "remove" | "hasRoom">;
  readonly #hearings = new Map<Subscription, Hearing>();
  readonly #inputs: Inputs = new WeakMap();

  constructor(relations: Pick<EventRelations, "add" | "remove" | "hasRoom">) {
    this.#relations = relations;
  }

  subscribe(cell: Cell, subscription: Subscription): void {
    const hearing = new Hearing(cell, subscription, this.#inputs);
    this.#hearings.set(subscription, hearing);
    this.#relations.add(subscription, hearing, subscription.seq, subscription.term);
  }

  unsubscribe(subscription: Subscription): void {
    const hearing = this.#hearings.get(subscription);
    this.#hearings.delete(subscription);
    if (hearing !== undefined) this.#relations.remove(hearing);
  }

  hasRoom(subscription: Subscription): void {
    const hearing = this.#hearings.get(subscription);
    if (hearing !== undefined) this.#relations.hasRoom(hearing);
  }
}
