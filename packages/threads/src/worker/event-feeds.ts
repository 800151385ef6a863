import { type Cell, type EventFeed, feedOf } from "@process-hub/actor";
import {
  type ActorId,
  type Epoch,
  type EventFrame,
  type ListenerFrame,
  type PlaceId,
  type Timer,
  toWireError,
  WrongActor,
} from "@process-hub/protocol";
import type { HeldOutput } from "./held-output.js";
import type { Followed } from "./replica-streams.js";
import type { ThreadContext } from "./thread-context.js";

type Question = Extract<ListenerFrame, { type: "listen" }>;
type FeedsContext = Pick<ThreadContext, "isDown" | "cells" | "checks" | "clock" | "settings">;

/** The ports of feeds, beside the thread's context. */
interface EventFeedsPorts {
  readonly send: (to: PlaceId, frame: EventFrame, bytes: number) => void;
  /** The actor itself that is here; undefined for its replica. */
  readonly actor: (id: ActorId) => Cell | undefined;
  /** Where an actor went that was here under an epoch. */
  readonly wentTo: (id: ActorId, epoch: Epoch) => { readonly to: PlaceId; readonly nextEpoch: Epoch } | undefined;
  readonly isFenced: () => boolean;
  /** What is kept until the state it was sent from is safe; absent: nothing is. */
  readonly held?: Pick<HeldOutput, "holdWhole" | "cleared"> | undefined;
}

/**
 * The events of this thread's actors, on their way to the places that listen.
 * Without it each actor would have to know who listens, and an event could leave before the state that it came from is safe.
 */
export class EventFeeds {
  readonly #context: FeedsContext;
  readonly #ports: EventFeedsPorts;
  /** Cells that somebody has listened to here. */
  readonly #heard = new Set<Followed>();
  /** Questions about actors that were on their way, the latest of each listener. */
  readonly #early = new Map<string, { readonly question: Question; readonly from: PlaceId }>();
  #timer: Timer | undefined;

  constructor(context: FeedsContext, ports: EventFeedsPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** Acts on the word of a listener, which is the place that it comes from. */
  receive(frame: ListenerFrame, from: PlaceId): void {
    const cell = this.#ports.actor(frame.id);
    const feed = cell?.ties?.feeds.get(frame.event);
    switch (frame.type) {
      case "listen":
        this.#listen(cell, frame, from);
        break;
      case "unlisten":
        feed?.unlisten(from);
        break;
      case "eventsTaken":
        if (cell === undefined || feed === undefined) break;
        feed.taken(from, frame.seq);
        this.#tell(cell, feed, from);
        break;
      default:
        frame satisfies never;
    }
  }

  /** An actor has emitted an event: it leaves when the state that it came from is safe. */
  emitted(cell: Followed, feed: EventFeed, seq: number): void {
    const send = (): void => {
      feed.release(seq);
      if (feed.isHeard) for (const place of feed.listeners) this.#tell(cell, feed, place);
    };
    if (this.#ports.held?.holdWhole(cell, { send, lose: () => {} }) !== true) send();
  }

  /** An actor went to another place, under an epoch. */
  moved(cell: Followed, to: PlaceId, epoch: Epoch): void {
    this.#left(cell, { place: to, epoch });
  }

  /** An actor has ended here: whether it is gone, those who listen find out, when they have all that it emitted. */
  ended(cell: Followed): void {
    const cleared = this.#ports.held?.cleared(cell);
    if (cleared === undefined) this.#last(cell);
    else void cleared.then(() => this.#last(cell));
  }

  /** Places went down: nobody listens from there. */
  placeDown(): void {
    for (const cell of this.#heard) {
      const feeds = [...(cell.ties?.feeds.values() ?? [])];
      for (const feed of feeds) for (const place of feed.listeners) if (this.#context.isDown(place)) feed.unlisten(place);
      if (!feeds.some((feed) => feed.isHeard)) this.#heard.delete(cell);
    }
  }

  #listen(cell: Cell | undefined, frame: Question, from: PlaceId): void {
    const { id, event, actor, call, epoch, since, term, once } = frame;
    if (this.#ports.isFenced()) return;
    if (cell === undefined || cell.phase === "ended") {
      const went = this.#ports.wentTo(id, epoch);
      const to = went === undefined ? {} : { to: { place: went.to, epoch: went.nextEpoch } };
      this.#send(from, { type: "unheard", id, event, call, ...to });
      return;
    }
    if (cell.phase !== "running" && cell.phase !== "sealed" && cell.phase !== "stopping") {
      this.#later(frame, from);
      return;
    }
    try {
      if (cell.behaviour.name !== actor)
        throw new WrongActor(`${id} is an actor ${cell.behaviour.name}, and was listened to as an actor ${actor}`, { id, actor });
      const feed = feedOf(cell, event);
      const { more, ...batch } = feed.listen(from, since, term, once === true);
      this.#heard.add(cell);
      this.#events(feed, from, id, call, batch, once === true && more);
      if (once !== true) this.#tell(cell, feed, from);
      else if (more) this.#rest(feed, frame, batch.items.at(-1)?.[0] ?? batch.after, from);
    } catch (error) {
      this.#send(from, { type: "unheard", id, event, call, error: toWireError(error) });
    }
  }

  /** The actor is on its way, in or out: a moment later it is here or elsewhere. Who listens would ask again after a longer time. */
  #later(question: Question, from: PlaceId): void {
    const { id, event, call, once } = question;
    this.#early.set(`${from} ${id} ${event} ${once === true ? call : ""}`, { question, from });
    const { clock, settings, isDown } = this.#context;
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = undefined;
      const early = [...this.#early.values()];
      this.#early.clear();
      for (const { question, from } of early) if (!isDown(from)) this.receive(question, from);
    }, settings.markerRetryMs / 10);
  }

  /** The rest of what there is by now. */
  #rest(feed: EventFeed, { id, call }: Question, after: number, from: PlaceId): void {
    for (let last = after, goesOn = true; goesOn; ) {
      const { more, ...batch } = feed.listen(from, last, feed.term, true);
      this.#events(feed, from, id, call, batch, more);
      last = batch.items.at(-1)?.[0] ?? batch.after;
      goesOn = more;
    }
  }

  #tell(cell: Followed, feed: EventFeed, place: PlaceId, all = false): void {
    if (this.#context.isDown(place)) return;
    for (let batch = feed.next(place, all); batch !== undefined; batch = feed.next(place, all)) {
      const { more: _, ...told } = batch;
      this.#events(feed, place, cell.id, 0, told, false);
    }
  }

  #events(
    { event, term }: EventFeed,
    to: PlaceId,
    id: ActorId,
    call: number,
    { after, resync, items }: Omit<ReturnType<EventFeed["listen"]>, "more">,
    more: boolean,
  ): void {
    const bytes = items.reduce((sum, [, payload]) => sum + payload.byteLength + 16, 128);
    const frame: EventFrame = {
      ...{ type: "events", id, event, call, term, after },
      ...(resync === undefined ? {} : { resync }),
      ...(more ? { more } : {}),
      items: [...items],
    };
    this.#ports.send(to, frame, bytes);
  }

  /** The last words: nobody could ask for what has not left by then. */
  #last(cell: Followed): void {
    for (const feed of cell.ties?.feeds.values() ?? []) for (const place of feed.listeners) this.#tell(cell, feed, place, true);
    this.#left(cell);
  }

  #left(cell: Followed, to?: { readonly place: PlaceId; readonly epoch: Epoch }): void {
    this.#heard.delete(cell);
    for (const feed of cell.ties?.feeds.values() ?? [])
      for (const place of feed.listeners)
        if (!this.#context.isDown(place))
          this.#send(place, { type: "unheard", id: cell.id, event: feed.event, call: 0, ...(to === undefined ? {} : { to }) });
  }

  #send(to: PlaceId, frame: EventFrame): void {
    this.#ports.send(to, frame, 128);
  }
}
