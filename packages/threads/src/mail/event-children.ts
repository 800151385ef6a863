import {
  type EventFrame,
  eventCredit,
  type ListenerFrame,
  type PlaceId,
  type ResyncReason,
  toWireError,
} from "@process-hub/protocol";
import type { End, Listener, Told } from "./event-member.js";
import type { EventName, EventRelations } from "./event-relations.js";

/** The ports of children. */
interface EventChildrenPorts {
  readonly relations: Pick<EventRelations, "add" | "remove" | "hasRoom">;
  readonly send: (to: PlaceId, frame: EventFrame) => void;
}

/** A thread that listens by way of this main thread. */
class Child implements Listener {
  readonly #send: (frame: EventFrame) => void;
  readonly #name: EventName;
  /** The question that its first words answer; 0: they were said. */
  #call: number;
  #term = "";
  #sent = 0;
  #taken = 0;

  constructor(name: EventName, call: number, send: (frame: EventFrame) => void) {
    this.#name = name;
    this.#call = call;
    this.#send = send;
  }

  begun(after: number, term: string): void {
    this.#begins(after, term);
  }

  heard({ after, term, items }: Told): void {
    this.#sent = items.at(-1)?.[0] ?? this.#sent;
    this.#events({ after, term, items });
  }

  missed(reason: ResyncReason, after: number, term: string): void {
    this.#begins(after, term, reason);
  }

  ended({ reason, error }: End): void {
    const { id, event } = this.#name;
    const why = error === undefined ? {} : { error: toWireError(error) };
    const gone = reason === "HubClosed" ? "NotFound" : reason;
    this.#send({ type: "unheard", id, event, call: 0, gone, ...why });
  }

  get isFull(): boolean {
    return this.#sent - this.#taken >= eventCredit;
  }

  /** It has taken them in up to a number. */
  taken(seq: number): void {
    this.#taken = Math.max(this.#taken, seq);
  }

  /** The end of what it asked for. */
  protected last(): void {
    this.#events({ after: this.#sent, term: this.#term, items: [] });
  }

  /** What follows on the first words answers no question. */
  protected answered(call: number): { readonly call: number; readonly more?: true } {
    this.#call = 0;
    return { call };
  }

  #begins(after: number, term: string, reason?: ResyncReason): void {
    this.#sent = after;
    this.#taken = after;
    this.#term = term;
    this.#events({ after, term, items: [] }, reason);
  }

  #events({ after, term, items }: Told, resync?: ResyncReason): void {
    const { id, event } = this.#name;
    const why = resync === undefined ? {} : { resync };
    this.#send({ type: "events", id, event, ...this.answered(this.#call), term, after, ...why, items: [...items] });
  }
}

/** A thread that asks for what there is by now, for one of its actors that begins late or was slow. */
class Once extends Child {
  readonly #asked: number;
  readonly #over: () => void;
  #isOver = false;

  constructor(name: EventName, call: number, send: (frame: EventFrame) => void, over: () => void) {
    super(name, call, send);
    this.#asked = call;
    this.#over = over;
  }

  caughtUp(): void {
    this.#isOver = true;
    this.last();
    this.#over();
  }

  /** The thread hears of it as one that listens. */
  override ended(): void {
    this.#over();
  }

  override get isFull(): boolean {
    return false;
  }

  protected override answered(): { readonly call: number; readonly more?: true } {
    return { call: this.#asked, ...(this.#isOver ? {} : { more: true as const }) };
  }
}

/**
 * The threads of a node that listen by way of its main thread, which listens once for all of them.
 * Without it each thread of a node would have every event sent over the link between the nodes.
 */
export class EventChildren {
  readonly #ports: EventChildrenPorts;
  readonly #children = new Map<PlaceId, Map<string, Child>>();

  constructor(ports: EventChildrenPorts) {
    this.#ports = ports;
  }

  /** Acts on the word of a thread of this node. */
  receive(frame: ListenerFrame, from: PlaceId): void {
    const { relations, send } = this.#ports;
    const key = `${frame.id}\n${frame.event}`;
    const mine = this.#children.get(from) ?? new Map<string, Child>();
    const known = mine.get(key);
    switch (frame.type) {
      case "listen":
        if (frame.once === true) this.#once(frame, from, mine);
        else {
          if (known !== undefined) relations.remove(known);
          const child = new Child(frame, frame.call, (each) => send(from, each));
          this.#children.set(from, mine.set(key, child));
          relations.add(frame, child, frame.since, frame.term);
        }
        break;
      case "unlisten":
        if (known === undefined) break;
        mine.delete(key);
        relations.remove(known);
        break;
      case "eventsTaken":
        if (known === undefined) break;
        known.taken(frame.seq);
        if (!known.isFull) relations.hasRoom(known);
        break;
      default:
        frame satisfies never;
    }
  }

  /** One that is asked again while it is under way is answered once. */
  #once(frame: Extract<ListenerFrame, { type: "listen" }>, from: PlaceId, mine: Map<string, Child>): void {
    const { relations, send } = this.#ports;
    const key = `${frame.id}\n${frame.event}\n${frame.call}`;
    if (mine.has(key)) return;
    const over = (): void => {
      mine.delete(key);
      relations.remove(once);
    };
    const once = new Once(frame, frame.call, (each) => send(from, each), over);
    this.#children.set(from, mine.set(key, once));
    relations.add(frame, once, frame.since, frame.term, true);
  }

  /** A thread is gone. */
  placeDown(isDown: (place: PlaceId) => boolean): void {
    for (const [place, children] of [...this.#children]) {
      if (!isDown(place)) continue;
      this.#children.delete(place);
      for (const child of children.values()) this.#ports.relations.remove(child);
    }
  }
}
