import type { Room } from "@process-hub/actor";
import {
  type ActorId,
  type Clock,
  FrameKind,
  type PlaceId,
  type RoomFrame,
  type Timer,
  type WaitsFrame,
  type WidenFrame,
} from "@process-hub/protocol";
import type { FullActors } from "./full-actors.js";
import type { Addressee } from "./mailer-ports.js";

/** How often those who wait ask whether the ones they wait for wait for them. */
const askEveryMs = 50;

/** The ports of the waits. */
export interface RoomWaitsPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly full: FullActors;
  /** True when the way to an actor is not full: the window of its place, or what is held for it. */
  readonly hasWay: (id: ActorId) => boolean;
  /** True while what an actor is told is held, since it has no place just now. */
  readonly isAway: (id: ActorId) => boolean;
  /** One who waits for an actor that is away is let through after this long. */
  readonly giveUpMs: number;
  readonly find: (id: ActorId) => Pick<Addressee, "isFullFor"> | undefined;
  /** Sends a frame, to this place too. */
  readonly send: (to: PlaceId, frame: RoomFrame | WaitsFrame | WidenFrame) => void;
}

/** One who waits until actors have room. */
interface Wait {
  /** Null for a main thread, which nobody waits for. */
  readonly waiter: ActorId | null;
  readonly left: Set<ActorId>;
  readonly done: ((room: Room) => void)[];
  /** Since when one of those it waits for was away each time it asked. */
  awaySinceMs: number | undefined;
  /** The number of its last question; 0 before the first. */
  number: number;
  /** It was found to wait for itself, and those it waits for were told to take in more. */
  wasWidened: boolean;
}

/**
 * Who waits for room at which actors. Actors that wait for each other in a cycle are found: each asks those it waits for, and they pass the
 * question on to those they wait for (edge chasing, as Chandy, Misra and Haas have it). A question that comes back to who asked is a cycle:
 * the actors it waits for take in one window more; when they are at the limit of their mailboxes, it is let through.
 * Without it two actors that flood each other would stand still for ever, or lose messages though both waited for room.
 */
export class RoomWaits {
  readonly #ports: RoomWaitsPorts;
  readonly #waits = new Set<Wait>();
  readonly #byWaiter = new Map<ActorId, Wait>();
  readonly #byAwaited = new Map<ActorId, Set<Wait>>();
  /** Questions that were passed on from here since the last tick: once each. */
  readonly #passedOn = new Set<string>();
  #lastNumber = 0;
  #timer: Timer | undefined;

  constructor(ports: RoomWaitsPorts) {
    this.#ports = ports;
  }

  /** Resolves when all of these have room; "cycle" when the waiter was let through, because they wait for it; "away" when one had no place for too long. */
  wait(waiter: ActorId | null, ids: readonly ActorId[]): Promise<Room> {
    const left = new Set(ids.filter((id) => !this.#hasRoom(id)));
    // Nobody else can make room for an actor that has filled its own mailbox.
    if (waiter !== null && left.delete(waiter) && left.size === 0) return Promise.resolve("cycle");
    if (left.size === 0) return Promise.resolve("room");
    return new Promise((resolve) => {
      const wait = waiter === null ? undefined : this.#byWaiter.get(waiter);
      if (wait === undefined) this.#add({ waiter, left, done: [resolve], awaySinceMs: undefined, number: 0, wasWidened: false });
      else {
        for (const id of left) this.#await(wait, id);
        wait.done.push(resolve);
      }
    });
  }

  /** The actor has room, or the way to some actors has. */
  look(id?: ActorId): void {
    for (const each of id === undefined ? [...this.#byAwaited.keys()] : [id]) {
      if (!this.#hasRoom(each)) continue;
      const waits = this.#byAwaited.get(each);
      this.#byAwaited.delete(each);
      for (const wait of waits ?? []) {
        wait.left.delete(each);
        if (wait.left.size === 0) this.#end(wait, "room");
      }
    }
  }

  /** Somebody elsewhere, or here, waits for an actor that is, or was, here. */
  asked([, id, waiter, origin, number]: WaitsFrame, from: PlaceId): void {
    const { place, full, find, send } = this.#ports;
    if (id === waiter && origin === place) {
      this.#cycle(waiter, number);
      return;
    }
    if (find(id)?.isFullFor(from) !== true) {
      send(from, [FrameKind.room, id, true]);
      return;
    }
    const next = this.#byWaiter.get(id);
    const question = `${number} ${origin} ${id}`;
    if (waiter === null || next === undefined || this.#passedOn.has(question)) return;
    this.#passedOn.add(question);
    for (const each of next.left) for (const at of full.placesOf(each)) send(at, [FrameKind.waits, each, waiter, origin, number]);
  }

  /** Ends all waits. */
  close(): void {
    this.#timer?.cancel();
    for (const wait of [...this.#waits]) this.#end(wait, "room");
  }

  #hasRoom(id: ActorId): boolean {
    return !this.#ports.full.has(id) && this.#ports.hasWay(id);
  }

  #add(wait: Wait): void {
    this.#waits.add(wait);
    for (const id of wait.left) this.#await(wait, id);
    if (wait.waiter !== null) this.#byWaiter.set(wait.waiter, wait);
    this.#timer ??= this.#ports.clock.setTimeout(() => this.#tick(), askEveryMs);
  }

  #await(wait: Wait, id: ActorId): void {
    wait.left.add(id);
    const waits = this.#byAwaited.get(id);
    if (waits === undefined) this.#byAwaited.set(id, new Set([wait]));
    else waits.add(wait);
  }

  #end(wait: Wait, room: Room): void {
    this.#waits.delete(wait);
    for (const id of wait.left) {
      const waits = this.#byAwaited.get(id);
      if (waits?.delete(wait) === true && waits.size === 0) this.#byAwaited.delete(id);
    }
    if (wait.waiter !== null) this.#byWaiter.delete(wait.waiter);
    for (const done of wait.done) done(room);
  }

  #tick(): void {
    const { place, clock, full, isAway, giveUpMs, send } = this.#ports;
    this.#timer = undefined;
    this.#passedOn.clear();
    for (const wait of [...this.#waits]) {
      wait.awaySinceMs = [...wait.left].some((id) => isAway(id)) ? (wait.awaySinceMs ?? clock.now()) : undefined;
      if (wait.awaySinceMs !== undefined && clock.now() - wait.awaySinceMs >= giveUpMs) {
        this.#end(wait, "away");
        continue;
      }
      wait.number = ++this.#lastNumber;
      for (const id of [...wait.left])
        for (const at of full.placesOf(id)) send(at, [FrameKind.waits, id, wait.waiter, place, wait.number]);
    }
    // What was only held up on its way is looked at too.
    this.look();
    if (this.#waits.size > 0) this.#timer ??= clock.setTimeout(() => this.#tick(), askEveryMs);
  }

  #cycle(waiter: ActorId, number: number): void {
    const { full, send } = this.#ports;
    const wait = this.#byWaiter.get(waiter);
    if (wait?.number !== number) return;
    if (wait.wasWidened) {
      this.#end(wait, "cycle");
      return;
    }
    wait.wasWidened = true;
    for (const id of [...wait.left]) for (const at of full.placesOf(id)) send(at, [FrameKind.widen, id]);
  }
}
