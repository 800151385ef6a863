import {
  type ActorId,
  type Clock,
  type EventFrame,
  fromWireError,
  type GoneReason,
  type PlaceId,
  type TellerFrame,
  type Timer,
} from "@process-hub/protocol";
import { EventMember, type Listener } from "./event-member.js";

/** A place heard from lately is asked again only after so long: a link may have broken at its end alone. */
const keepAliveMs = 10_000;

/** So many events are taken in before their teller hears so. */
const takenStep = 64;

/** What an event is called, and whose it is. */
export interface EventName {
  readonly id: ActorId;
  readonly event: string;
  /** The kind of the actor. */
  readonly actor: string;
}

/** The ports of relations. */
export interface EventRelationsPorts {
  readonly clock: Clock;
  /** How long a question waits for its answer before it is asked again. */
  readonly retryMs: number;
  readonly send: (to: PlaceId, frame: EventFrame) => void;
  /** Finds out where an actor is; the answer comes to `found`, or to `gone`. */
  readonly find: (id: ActorId) => void;
  readonly isDown: (place: PlaceId) => boolean;
  /** Nobody listens to an actor any more. */
  readonly left?: ((id: ActorId) => void) | undefined;
}

/** What this place and the place of an actor have with each other about one event. */
interface Relation extends EventName {
  /** Who tells of it; undefined: it is looked for. */
  from: PlaceId | undefined;
  epoch: number;
  /** The question that waits for its answer; 0: none does. */
  call: number;
  askedAtMs: number;
  heardAtMs: number;
  /** It is told what comes. */
  live: boolean;
  last: number | null;
  term: string | null;
  /** How many of those taken in its teller has not heard of. */
  owed: number;
  readonly members: Set<EventMember>;
}

/** A relation as figures show it. */
interface ListeningFigures {
  readonly id: ActorId;
  readonly event: string;
  readonly from: PlaceId | undefined;
  readonly listeners: number;
  /** The last number that has come; undefined: none was told yet. */
  readonly seq: number | undefined;
}

/**
 * The events that a place listens to: one relation for each, whatever the number of those who hear it here. All it does is ask: a question
 * that is lost, an actor that moved, a number that is missing are each answered by asking again, from the last number on.
 * Without it each listener would cost a message of its own, and a lost one would leave it waiting.
 */
export class EventRelations {
  readonly #ports: EventRelationsPorts;
  readonly #relations = new Map<ActorId, Map<string, Relation>>();
  readonly #byListener = new Map<Listener, { readonly relation: Relation; readonly member: EventMember }>();
  #calls = 0;
  #timer: Timer | undefined;

  constructor(ports: EventRelationsPorts) {
    this.#ports = ports;
  }

  /** The relations as they are. */
  figures(): ListeningFigures[] {
    return this.#all().map(({ id, event, from, members, last }) => ({
      ...{ id, event, from },
      listeners: members.size,
      seq: last ?? undefined,
    }));
  }

  /** True when somebody here listens to an actor. */
  has(id: ActorId): boolean {
    return this.#relations.has(id);
  }

  /** Somebody listens, after a number of a history (null: from now on). `once`: to what there is by now. */
  add(name: EventName, listener: Listener, since: number | null, term: string | null, once = false): void {
    const relation = this.#relation(name);
    const member = new EventMember(listener, since, term, once);
    relation.members.add(member);
    this.#byListener.set(listener, { relation, member });
    if (since !== null && !(relation.live && since === relation.last && term === relation.term)) this.#askFor(relation, member);
    else if (relation.live && relation.last !== null) {
      member.begin(relation.last, relation.term ?? "");
      if (once) listener.caughtUp?.();
    }
    this.#tick();
  }

  /** Somebody listens no more. */
  remove(listener: Listener): void {
    const known = this.#byListener.get(listener);
    if (known === undefined) return;
    this.#byListener.delete(listener);
    known.member.stage = "over";
    known.relation.members.delete(known.member);
    if (known.relation.members.size > 0) return;
    const { id, event, from } = known.relation;
    this.#forget(known.relation);
    if (from !== undefined && !this.#ports.isDown(from)) this.#ports.send(from, { type: "unlisten", id, event });
  }

  /** A listener that had enough takes more. */
  hasRoom(listener: Listener): void {
    const known = this.#byListener.get(listener);
    if (known === undefined || known.member.stage !== "full") return;
    const { relation, member } = known;
    if (relation.live && member.last === relation.last && member.term === relation.term) member.stage = "hears";
    else this.#askFor(relation, member);
    this.#tick();
  }

  /** The place of an actor is known, or has changed. */
  found(id: ActorId, place: PlaceId, epoch: number): void {
    for (const relation of this.#of(id)) if (relation.from === undefined) this.#bind(relation, place, epoch);
  }

  /** An actor is gone. */
  gone(id: ActorId, reason: GoneReason): void {
    for (const relation of this.#of(id)) if (relation.from === undefined) this.#end(relation, reason);
  }

  /** Something about an actor has changed: who tells of it is asked whether that is still so. */
  look(id: ActorId): void {
    for (const relation of this.#of(id)) {
      if (relation.from === undefined) this.#ports.find(id);
      else if (relation.call === 0) this.#ask(relation);
    }
  }

  /** Places went down: those who told from there are looked for. */
  placeDown(): void {
    for (const relation of this.#all())
      if (relation.from !== undefined && this.#ports.isDown(relation.from)) this.#lost(relation);
  }

  /** Acts on the word of a teller. What others say, or one that was left since, changes nothing. */
  receive(frame: TellerFrame, from: PlaceId): void {
    const relation = this.#relations.get(frame.id)?.get(frame.event);
    if (relation === undefined || relation.from !== from) return;
    relation.heardAtMs = this.#ports.clock.now();
    if (frame.type === "events") this.#told(relation, frame);
    else this.#unheard(relation, frame);
  }

  /** The place closes: nobody hears more. */
  close(): void {
    this.#timer?.cancel();
    for (const relation of this.#all()) {
      this.#forget(relation);
      for (const { listener } of relation.members) this.#over(listener, { reason: "HubClosed" });
    }
  }

  #told(relation: Relation, frame: Extract<TellerFrame, { type: "events" }>): void {
    const { call, term, after, resync, items, more } = frame;
    const told = { after, term, items };
    const asked = call === 0 || call === relation.call ? undefined : [...relation.members].find((member) => member.call === call);
    if (asked !== undefined) {
      if (more !== true) asked.call = 0;
      asked.begin(after, term);
      if (more === true) asked.stage = "asks";
      asked.take(told, resync);
      if (more !== true && asked.once) asked.listener.caughtUp?.();
      return;
    }
    // It answers a question that was asked again since.
    if (call !== 0 && call !== relation.call) return;
    if (call !== 0) {
      relation.call = 0;
      relation.live = true;
    }
    const isOther = relation.term !== null && relation.term !== term;
    if (relation.last !== null && resync === undefined && (isOther || after > relation.last)) {
      if (relation.call === 0) this.#ask(relation);
      return;
    }
    if (relation.last === null || isOther || after > relation.last) relation.last = after;
    relation.term = term;
    const { last } = relation;
    const latest = items.at(-1)?.[0] ?? last;
    for (const member of [...relation.members]) {
      if (member.stage === "waits") member.begin(last, term);
      if (member.stage === "hears" && !member.take(told, resync)) this.#askFor(relation, member);
    }
    relation.last = Math.max(last, latest);
    relation.owed += items.length;
    if (relation.owed < takenStep) return;
    relation.owed = 0;
    const { id, event, from } = relation;
    if (from !== undefined) this.#ports.send(from, { type: "eventsTaken", id, event, seq: relation.last });
  }

  #unheard(relation: Relation, { to, gone, error }: Extract<TellerFrame, { type: "unheard" }>): void {
    if (error !== undefined) this.#end(relation, "NotFound", fromWireError(error));
    else if (gone !== undefined) this.#end(relation, gone);
    // No actor runs on a main thread.
    else if (to !== undefined && !to.place.endsWith("/main") && !this.#ports.isDown(to.place))
      this.#bind(relation, to.place, to.epoch);
    else this.#lost(relation);
  }

  #relation(name: EventName): Relation {
    const { id, event, actor } = name;
    const byEvent = this.#relations.get(id) ?? new Map<string, Relation>();
    this.#relations.set(id, byEvent);
    const known = byEvent.get(event);
    if (known !== undefined) return known;
    const relation: Relation = {
      ...{ id, event, actor, from: undefined, epoch: 0, call: 0, askedAtMs: 0, heardAtMs: 0, live: false },
      ...{ last: null, term: null, owed: 0, members: new Set() },
    };
    byEvent.set(event, relation);
    this.#lost(relation);
    return relation;
  }

  #bind(relation: Relation, place: PlaceId, epoch: number): void {
    relation.from = place;
    relation.epoch = epoch;
    relation.heardAtMs = this.#ports.clock.now();
    relation.live = false;
    this.#ask(relation);
    for (const member of relation.members) if (member.stage === "asks") this.#askFor(relation, member);
  }

  #lost(relation: Relation): void {
    relation.from = undefined;
    relation.live = false;
    relation.call = 0;
    relation.askedAtMs = this.#ports.clock.now();
    this.#ports.find(relation.id);
  }

  #ask(relation: Relation): void {
    const { clock, send } = this.#ports;
    const { id, event, actor, from, epoch, last, term } = relation;
    if (from === undefined) return;
    relation.call = ++this.#calls;
    relation.askedAtMs = clock.now();
    send(from, { type: "listen", id, event, actor, epoch, call: relation.call, since: last, term });
  }

  /** Asks for what one of its members has not heard. */
  #askFor(relation: Relation, member: EventMember): void {
    const { id, event, actor, from, epoch } = relation;
    member.stage = "asks";
    if (member.call === 0) member.call = ++this.#calls;
    if (from !== undefined) this.#ports.send(from, member.question({ type: "listen", id, event, actor, epoch }));
  }

  #end(relation: Relation, reason: GoneReason, error?: Error): void {
    this.#forget(relation);
    for (const { listener } of relation.members) this.#over(listener, { reason, error });
  }

  #over(listener: Listener, end: Parameters<Listener["ended"]>[0]): void {
    const known = this.#byListener.get(listener);
    if (known === undefined) return;
    this.#byListener.delete(listener);
    known.member.stage = "over";
    listener.ended(end);
  }

  #forget({ id, event }: Relation): void {
    const byEvent = this.#relations.get(id);
    byEvent?.delete(event);
    if (byEvent?.size !== 0) return;
    this.#relations.delete(id);
    this.#ports.left?.(id);
  }

  #of(id: ActorId): Relation[] {
    return [...(this.#relations.get(id)?.values() ?? [])];
  }

  #all(): Relation[] {
    return [...this.#relations.values()].flatMap((byEvent) => [...byEvent.values()]);
  }

  /** Asks again what was not answered, as long as anybody listens. */
  #tick(): void {
    const { clock, retryMs } = this.#ports;
    if (this.#timer !== undefined) return;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      const nowMs = clock.now();
      for (const relation of this.#all()) this.#again(relation, nowMs);
      if (this.#relations.size > 0) this.#tick();
    }, retryMs);
  }

  #again(relation: Relation, nowMs: number): void {
    const { retryMs, find } = this.#ports;
    if (nowMs - relation.askedAtMs < retryMs) return;
    if (relation.from === undefined) {
      relation.askedAtMs = nowMs;
      find(relation.id);
      return;
    }
    const isUnanswered = relation.call !== 0;
    // Who does not answer for long may not have it any more, whatever it told last.
    if (isUnanswered && nowMs - relation.heardAtMs > keepAliveMs && !relation.live) this.#lost(relation);
    else if (isUnanswered || nowMs - relation.heardAtMs > keepAliveMs) {
      if (relation.live && isUnanswered && nowMs - relation.heardAtMs > 2 * keepAliveMs) this.#lost(relation);
      else this.#ask(relation);
    }
    for (const member of relation.members) if (member.stage === "asks") this.#askFor(relation, member);
  }
}
