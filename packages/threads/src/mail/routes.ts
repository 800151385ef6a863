import type { Envelope, Mail, Marker } from "@process-hub/actor";
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  type HubError,
  mayBecome,
  nodeLifeOf,
  type PlaceId,
  StartFailed,
  type Timer,
  TurnBatch,
} from "@process-hub/protocol";
import type { AutoStarted } from "./auto-starts.js";
import { type HeldLimits, HeldMail } from "./held-mail.js";
import {
  afterAnswer,
  afterBounce,
  afterHold,
  countsAnswer,
  endsHold,
  isNews,
  mustWait,
  type RouteState,
  type RouteSurroundings,
  routeStates,
  sendOrder,
} from "./route-state.js";

/** The ports of routes. */
export interface RoutePorts extends HeldLimits {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly retryMs: number;
  /** A lookup that keeps returning what has bounced is given up after this long. */
  readonly giveUpMs: number;
  /** How many messages may be held, for all actors and for one, before senders are told to slow down. */
  readonly window: number;
  readonly actorWindow: number;
  /** False when the window towards a place is full. */
  readonly hasWay: (to: PlaceId) => boolean;
  /** How many messages were sent towards a place, and whether the first `count` of them have been taken in there. */
  readonly sentTo: (to: PlaceId) => number;
  readonly isTaken: (to: PlaceId, count: number) => boolean;
  /** Asks the registry where actors are; the answer comes to `resolved`. */
  readonly resolve: (ids: readonly ActorId[]) => void;
  /** Sends mail to a place. False when the way there is full. */
  readonly dispatch: (mail: Mail, to: PlaceId, nowMs?: number) => boolean;
  /** Held mail was sent or given up. */
  readonly released: () => void;
  /** No actor has the id: starts it for the mail that waits, where that may be; undefined: nobody does. */
  readonly autoStart: (id: ActorId, mails: readonly Mail[]) => Promise<AutoStarted> | undefined;
  /** The actor could not be started. */
  readonly notStarted: (envelope: Envelope, error: HubError) => void;
  /** No actor has the id. */
  readonly notFound: (envelope: Envelope) => void;
  /** There is no room to hold it: why. */
  readonly overflow: (envelope: Envelope, why: string) => void;
  /** The time of a held ask is over. */
  readonly expired: (envelope: Envelope) => void;
  /** It came back from a duplicate that was given up, and later ones went to the duplicate that goes on: it would come out of order. */
  readonly overtaken: (envelope: Envelope) => void;
  /** Tells a place that what was written to the actor by way of others is late from now on. */
  readonly stalePath: (id: ActorId, epoch: Epoch, to: PlaceId) => void;
  readonly isDown: (place: PlaceId) => boolean;
  /** False while dead places are undrained: what they had passed on may not have been taken in. */
  readonly allDrained: () => boolean;
  /** True while this node may not serve: what its actors sent is held, since others may run as them. */
  readonly isFenced: () => boolean;
  /** The place's node is about to leave, and its actors have left already. */
  readonly isLeaving: (place: PlaceId) => boolean;
  /** A route was added: there may be too many. */
  readonly added: () => void;
}

/** A settling of one actor's own mail: the recipients whose markers must still be answered. */
interface Settling {
  readonly waiting: Map<number, ActorId>;
  readonly done: () => void;
  /** Its actor has ended here: nothing it sends comes after these. */
  readonly isLast: boolean;
}

interface Route {
  readonly id: ActorId;
  state: RouteState;
  place: PlaceId | undefined;
  epoch: Epoch;
  /**
   * The epoch by which mail was last sent that had not been sent before, or a settling's marker: then a sender was free to go, and to send on
   * from elsewhere. What comes back from an earlier one has been overtaken.
   */
  sentEpoch: Epoch;
  newestPlace: PlaceId | undefined;
  newestEpoch: Epoch;
  /** The first marker of this hold: the answer to it, or to a later one, ends the hold. */
  markerId: number;
  /** A place on its way was lost sight of, perhaps with messages in it that it passes on later: the next place hears of that first. */
  lost: boolean;
  bounced: Envelope[];
  held: Mail[];
  usedAtMs: number;
  /** The marker that asks whether all that went by it has arrived, so that it may be dropped; 0 when it was used since. */
  pruneMarkerId: number;
  /** Messages sent along it since the last half of its actor's window was full, and the count of its place's window at that time. */
  burst: number;
  halfAt: number;
  /** When it began to hear only of the place that had bounced its mail; 0 when it did not. */
  staleSinceMs: number;
  /** Its actor is being started for what waits here. */
  starting: boolean;
  /** How often that was tried since the route was open, and the actor was not found then. */
  startsInVain: number;
}

/**
 * Where this place sends mail for each actor: one route per actor, shared by all senders of the place.
 * A new place is adopted only when a marker sent down the old route has met the running actor, or has bounced;
 * until then what is sent is held. Without that wait a message could overtake an earlier one of its sender across a move.
 */
export class Routes {
  readonly #ports: RoutePorts;
  readonly #routes = new Map<ActorId, Route>();
  readonly #unsettled = new Set<Route>();
  readonly #settlings = new Map<number, Settling>();
  readonly #lookups: TurnBatch<ActorId>;
  readonly #around: RouteSurroundings<PlaceId>;
  readonly #held: HeldMail;
  readonly #halfWindow: number;
  #lastMarkerId = 0;
  #retry: Timer | undefined;
  /** When expired asks may be looked for again: a look costs as much as there is. */
  #freesAtMs = 0;
  #prunedAtMs: number;

  constructor(ports: RoutePorts) {
    this.#ports = ports;
    this.#held = new HeldMail(ports);
    this.#halfWindow = Math.ceil(ports.actorWindow / 2);
    this.#prunedAtMs = ports.clock.now();
    this.#lookups = new TurnBatch((ids) => ports.resolve(ids));
    this.#around = {
      isGone: (place) => ports.isDown(place) || ports.isLeaving(place),
      allDrained: ports.allDrained,
      isFenced: ports.isFenced,
    };
  }

  get size(): number {
    return this.#routes.size;
  }

  get heldEnvelopes(): number {
    return this.#held.count;
  }

  /** How many messages to an actor wait until it has a place. */
  heldFor(id: ActorId): number {
    return this.mailFor(id) - (this.#routes.get(id)?.held ?? []).filter(({ kind }) => kind === "marker").length;
  }

  /** A fresh marker id: the markers of new routes and those of settlings draw from one row. */
  #nextMarkerId(): number {
    return ++this.#lastMarkerId;
  }

  /** Where an actor has gone after an epoch, as far as this place knows. */
  placeAfter(id: ActorId, epoch: Epoch): PlaceId | undefined {
    const route = this.#routes.get(id);
    if (route === undefined) return undefined;
    if (route.newestPlace !== undefined && route.newestEpoch > epoch) return route.newestPlace;
    return route.epoch > epoch ? route.place : undefined;
  }

  /** How many messages and markers. */
  mailFor(id: ActorId): number {
    const { held = [], bounced = [] } = this.#routes.get(id) ?? {};
    return held.length + bounced.length;
  }

  /** The actors that mail of a sender is held for. */
  heldFrom(sender: ActorId): ActorId[] {
    const isHis = (mail: Mail): boolean => mail.kind === "envelope" && mail.sender === sender;
    return [...this.#unsettled].filter(({ held, bounced }) => held.some(isHis) || bounced.some(isHis)).map(({ id }) => id);
  }

  /** Gives up the held mail of a sender that ended while a duplicate of it may have run: the mail of that one came before. */
  giveUpFrom(sender: ActorId): void {
    const isHis = (mail: Mail): mail is Envelope => mail.kind === "envelope" && mail.sender === sender;
    for (const route of this.#unsettled) {
      const his = [...route.bounced, ...route.held].filter(isHis);
      if (his.length === 0) continue;
      route.bounced = route.bounced.filter((mail) => !isHis(mail));
      route.held = route.held.filter((mail) => !isHis(mail));
      this.#held.let(his);
      for (const envelope of his) this.#ports.overtaken(envelope);
    }
    this.#ports.released();
  }

  /** Sends a message, or holds it until its actor's place is known. False when it is time to slow down. `nowMs`: the time, where it was read just now. */
  send(envelope: Envelope, nowMs?: number): boolean {
    const route = this.#routes.get(envelope.to) ?? this.#create(envelope.to);
    route.usedAtMs = this.#prunedAtMs;
    route.pruneMarkerId = 0;
    if (route.state === "open" && route.place !== undefined) {
      address(envelope, route.epoch);
      route.sentEpoch = route.epoch;
      const hasRoom = this.#ports.dispatch(envelope, route.place, nowMs);
      return this.#countBurst(route, route.place) && hasRoom;
    }
    if (this.#hasRoom(route, envelope)) this.#hold(route, envelope);
    return this.#mayHold(route);
  }

  /** False when it is time to slow down with messages to an actor: on their way, or held until it has a place. */
  hasWay(id: ActorId): boolean {
    const route = this.#routes.get(id);
    if (route === undefined) return true;
    if (route.state !== "open" || route.place === undefined) return this.#mayHold(route);
    const { hasWay, isTaken } = this.#ports;
    return hasWay(route.place) && (route.burst < this.#halfWindow || isTaken(route.place, route.halfAt));
  }

  /** True while messages to an actor are held. */
  isAway(id: ActorId): boolean {
    const route = this.#routes.get(id);
    return route !== undefined && route.state !== "open";
  }

  /** No more than two halves of an actor's window are on the way to it. False when the one before the last may still be. */
  #countBurst(route: Route, place: PlaceId): boolean {
    if (++route.burst < this.#halfWindow) return true;
    const { isTaken, sentTo } = this.#ports;
    if (!isTaken(place, route.halfAt)) return false;
    route.burst = 0;
    route.halfAt = sentTo(place);
    return true;
  }

  #mayHold({ held }: Route): boolean {
    const { window, actorWindow } = this.#ports;
    return this.#held.count < window && held.length < actorWindow;
  }

  /** The registry's answer. */
  resolved(id: ActorId, place: PlaceId | undefined, epoch: Epoch): void {
    const route = this.#routes.get(id);
    if (route?.state === "open" && place !== undefined) this.moved(id, epoch, place);
    if (route?.state !== "resolving" || mustWait(route, this.#around)) return;
    if (place !== undefined && countsAnswer(route, epoch)) {
      route.newestPlace = place;
      route.newestEpoch = epoch;
    }
    const next = afterAnswer(route, this.#around);
    if (next === "gone") this.#giveUp(route);
    else if (next === "stale") this.#stale(route, place === undefined);
    else this.#adopt(route);
  }

  /** True when mail to an actor goes to the node of a place, or is about to. */
  leadsTo(id: ActorId, place: PlaceId): boolean {
    const route = this.#routes.get(id);
    const life = nodeLifeOf(place);
    return [route?.place, route?.newestPlace].some((to) => to !== undefined && nodeLifeOf(to) === life);
  }

  /** News: the actor has gone to `place` under `epoch`. */
  moved(id: ActorId, epoch: Epoch, place: PlaceId): void {
    const route = this.#routes.get(id);
    if (route === undefined || this.#ports.isDown(place) || !isNews(route, epoch)) return;
    route.newestPlace = place;
    route.newestEpoch = epoch;
    if (route.state === "open") this.#startHold(route);
  }

  /** A marker met the running actor: all mail before it has arrived. */
  markerMet(id: ActorId, markerId: number): void {
    if (this.#settled(markerId)) return;
    const route = this.#routes.get(id);
    if (route === undefined) return;
    if (endsHold(route, markerId)) this.#release(route, true);
    else if (route.state === "open" && markerId === route.pruneMarkerId) this.#enter(route, "gone");
  }

  /** Mail came back: the place did not have its epoch. */
  bounced(mail: Mail, place: PlaceId | undefined, epoch: Epoch): void {
    const route = this.#routes.get(mail.to) ?? this.#create(mail.to);
    if (place !== undefined && isNews(route, epoch) && !this.#ports.isDown(place)) {
      route.newestPlace = place;
      route.newestEpoch = epoch;
    }
    if (mail.kind === "envelope") this.#envelopeBounced(route, mail);
    else if (this.#settlings.get(mail.markerId)?.isLast === true) this.#settled(mail.markerId);
    else if (this.#settlings.has(mail.markerId)) {
      // Its messages may have bounced before it: it follows them, behind whatever is held.
      this.#hold(route, mail);
      if (route.state === "open") this.#startHold(route);
    } else if (endsHold(route, mail.markerId)) {
      if (place === undefined) route.lost = true;
      this.#release(route, false);
    } else if (route.state === "open" && mail.markerId === route.pruneMarkerId) this.#enter(route, "gone");
  }

  #envelopeBounced(route: Route, envelope: Envelope): void {
    const next = afterBounce(route, envelope.epoch, this.#around);
    if (next === "overtaken") this.#ports.overtaken(envelope);
    else if (next === "again" && route.place !== undefined) {
      this.#ports.checks.mark("sentAgain");
      address(envelope, route.epoch);
      this.#ports.dispatch(envelope, route.place);
    } else {
      if (this.#hasRoom(undefined, envelope)) {
        route.bounced.push(envelope);
        this.#held.keep(envelope);
      }
      if (route.state === "open") this.#startHold(route);
    }
  }

  /** Places ended: routes to them look for the actor's next place. */
  placesDown(): void {
    for (const route of [...this.#routes.values()]) {
      if (route.newestPlace !== undefined && this.#ports.isDown(route.newestPlace)) {
        route.newestPlace = undefined;
        route.newestEpoch = 0;
      }
      if (route.place === undefined || !this.#ports.isDown(route.place)) continue;
      route.lost = true;
      if (route.state === "open") this.#enter(route, "resolving");
      if (route.state === "holding") this.#release(route, false);
      else this.#request(route);
    }
  }

  /** All that dead places had passed on is in: what waited for that goes on. */
  drained(): void {
    for (const route of this.#unsettled) if (route.state === "resolving" && route.place !== undefined) this.#request(route);
  }

  /** Places can be reached again: an answer that names the same place and epoch as before is not stale. */
  back(isBack: (place: PlaceId) => boolean): void {
    for (const route of this.#unsettled) {
      if (route.state !== "resolving" || route.place === undefined || !isBack(route.place)) continue;
      route.place = undefined;
      route.epoch = 0;
      route.staleSinceMs = 0;
    }
  }

  /**
   * Sends a marker to each actor; `done` is called when all have met their running actors (or there is no such actor).
   * A marker waits its turn behind what is held for its actor.
   */
  settle(ids: readonly ActorId[], done: () => void): void {
    this.#settle(ids, { waiting: new Map(), done, isLast: false });
  }

  /**
   * The same for an actor that has ended here: a marker that comes back is an answer as well, since what went before it has arrived, or has
   * come back ahead of it. So it waits for nobody who waits to start again.
   */
  settleLast(ids: readonly ActorId[], done: () => void): void {
    this.#settle(ids, { waiting: new Map(), done, isLast: true });
  }

  #settle(ids: readonly ActorId[], settling: Settling): void {
    for (const id of ids) {
      const markerId = this.#nextMarkerId();
      settling.waiting.set(markerId, id);
      this.#settlings.set(markerId, settling);
    }
    if (settling.waiting.size === 0) settling.done();
    for (const [markerId, id] of [...settling.waiting]) this.#sendMarker(id, markerId);
    this.#arm();
  }

  /**
   * Ends a settling's wait for actors that have no place just now. Returns what this sender has told them, in order: it has not left yet, and
   * goes with its sender. What it has asked stays: the answer comes here.
   */
  takeUnsent(sender: ActorId, done: () => void): Envelope[] {
    const taken: Envelope[] = [];
    const waits = [...this.#settlings].flatMap(([markerId, settling]) =>
      settling.done === done ? [{ markerId, route: this.#routes.get(settling.waiting.get(markerId) ?? "") }] : [],
    );
    for (const { markerId, route } of waits) {
      const isIts = (mail: Mail): boolean => mail.kind === "marker" && mail.markerId === markerId;
      if (route?.state !== "resolving" || route.starting || mustWait(route, this.#around) || !route.held.some(isIts)) continue;
      const isHis = (mail: Mail): mail is Envelope => mail.kind === "envelope" && mail.sender === sender && mail.ask === 0;
      const gone = sendOrder<Mail>(route).filter((mail) => isHis(mail) || isIts(mail));
      taken.push(...gone.filter(isHis));
      route.bounced = route.bounced.filter((mail) => !isHis(mail));
      route.held = route.held.filter((mail) => !isHis(mail) && !isIts(mail));
      this.#held.let(gone);
      this.#settled(markerId);
    }
    if (taken.length > 0) this.#ports.released();
    return taken;
  }

  /** Forgets a settling whose move was given up. */
  unsettle(done: () => void): void {
    for (const [markerId, settling] of this.#settlings) if (settling.done === done) this.#settlings.delete(markerId);
  }

  /**
   * Sends nothing more along the routes that go to a node that leaves: a marker follows what went there, and then the actors are looked for.
   * Returns how many of these markers are not answered yet. Whether an actor has another place by then does not matter.
   */
  evacuate(): number {
    let left = 0;
    for (const route of this.#routes.values()) {
      if (route.place === undefined || !this.#ports.isLeaving(route.place)) continue;
      if (route.state === "open") this.#startHold(route);
      if (route.state === "holding") left++;
    }
    return left;
  }

  /**
   * Asks along each route that was not used for `idleMs` whether all that went by it has arrived; it is dropped when that is
   * answered. (Dropped unasked, what is looked up anew could overtake what is still being forwarded.)
   */
  prune(idleMs: number): void {
    const nowMs = this.#ports.clock.now();
    this.#prunedAtMs = nowMs;
    for (const route of this.#routes.values()) {
      if (route.state !== "open" || nowMs - route.usedAtMs <= idleMs) continue;
      const markerId = this.#nextMarkerId();
      route.pruneMarkerId = markerId;
      this.#sendMarkerOn(route, markerId);
    }
  }

  close(): Mail[] {
    this.#retry?.cancel();
    const left: Mail[] = [];
    for (const route of this.#routes.values()) left.push(...route.bounced, ...route.held);
    this.#routes.clear();
    this.#unsettled.clear();
    this.#held.let(left);
    return left;
  }

  #create(id: ActorId): Route {
    const route: Route = {
      id,
      state: "resolving",
      place: undefined,
      epoch: 0,
      sentEpoch: 0,
      newestPlace: undefined,
      newestEpoch: 0,
      markerId: 0,
      lost: false,
      bounced: [],
      held: [],
      usedAtMs: this.#prunedAtMs,
      pruneMarkerId: 0,
      burst: 0,
      halfAt: 0,
      staleSinceMs: 0,
      starting: false,
      startsInVain: 0,
    };
    this.#routes.set(id, route);
    this.#unsettled.add(route);
    this.#arm();
    this.#request(route);
    this.#ports.added();
    return route;
  }

  #hold(route: Route, mail: Mail): void {
    route.held.push(mail);
    this.#held.keep(mail);
  }

  /** False when a message cannot be held: it has been refused. `route`: absent for one that had its place before. */
  #hasRoom(route: Route | undefined, envelope: Envelope): boolean {
    let why = this.#held.full(envelope, route?.held.length);
    if (why !== undefined && this.#freeExpired()) why = this.#held.full(envelope, route?.held.length);
    if (why !== undefined) this.#ports.overflow(envelope, why);
    return why === undefined;
  }

  /** Ends the held asks whose time is over. False when it was looked for them just now. */
  #freeExpired(): boolean {
    const nowMs = this.#ports.clock.now();
    if (nowMs < this.#freesAtMs) return false;
    this.#freesAtMs = nowMs + this.#ports.retryMs;
    for (const route of this.#unsettled) {
      const isOver = (mail: Mail): mail is Envelope =>
        mail.kind === "envelope" && mail.expiresAtMs !== 0 && mail.expiresAtMs <= nowMs;
      const over = [...route.bounced, ...route.held].filter(isOver);
      if (over.length === 0) continue;
      route.bounced = route.bounced.filter((mail) => !isOver(mail));
      route.held = route.held.filter((mail) => !isOver(mail));
      this.#held.let(over);
      for (const envelope of over) this.#ports.expired(envelope);
    }
    return true;
  }

  /** The one way from state to state, with what each brings along. */
  #enter(route: Route, state: RouteState): void {
    const before = route.state;
    this.#ports.checks.invariant(
      mayBecome(routeStates, before, state),
      "a route becomes what its table says",
      () => `${before} to ${state} for actor ${route.id}`,
    );
    route.state = state;
    if (state === "gone") this.#routes.delete(route.id);
    if (state === "gone" || state === "open") this.#unsettled.delete(route);
    else {
      this.#unsettled.add(route);
      this.#arm();
    }
  }

  #startHold(route: Route): void {
    this.#enter(route, "holding");
    route.markerId = this.#nextMarkerId();
    this.#sendMarkerOn(route, route.markerId);
  }

  #sendMarkerOn(route: Route, markerId: number): void {
    if (route.place !== undefined) this.#ports.dispatch(this.#marker(route.id, route.epoch, markerId), route.place);
  }

  /**
   * The hold is over: on to the newest place known, or to the registry when none is. `met`: its marker met the running actor, so all
   * that went before has arrived.
   */
  #release(route: Route, met: boolean): void {
    if (afterHold(route, met, this.#around) === "open") {
      this.#ports.checks.invariant(route.newestEpoch > route.epoch, "a hold ends in a later epoch");
      this.#adopt(route);
    } else {
      this.#enter(route, "resolving");
      this.#request(route);
    }
  }

  #adopt(route: Route): void {
    route.place = route.newestPlace;
    route.epoch = route.newestEpoch;
    route.newestPlace = undefined;
    route.newestEpoch = 0;
    route.staleSinceMs = 0;
    route.startsInVain = 0;
    route.burst = 0;
    route.halfAt = 0;
    this.#enter(route, "open");
    if (route.lost && route.place !== undefined) {
      this.#ports.checks.mark("wayLost");
      this.#ports.stalePath(route.id, route.epoch, route.place);
    }
    route.lost = false;
    this.#sendHeld(route);
    this.#ports.released();
  }

  /** Bounced ones first, then the held ones. Mail that bounces on the spot (this very place) closes the route again. */
  #sendHeld(route: Route): void {
    const queue = sendOrder<Mail>(route);
    const again = route.bounced.length;
    this.#held.let(queue);
    route.bounced = [];
    route.held = [];
    let sent = 0;
    for (; sent < queue.length && route.state === "open" && route.place !== undefined; sent++) {
      const mail = queue[sent] as Mail;
      address(mail, route.epoch);
      if (sent >= again) route.sentEpoch = route.epoch;
      this.#ports.dispatch(mail, route.place);
    }
    const rest = queue.slice(sent);
    for (const mail of rest) this.#held.keep(mail);
    route.held = [...rest, ...route.held];
    this.#ports.checks.invariant(
      route.state !== "open" || route.held.length + route.bounced.length === 0,
      "an open route keeps nothing",
    );
  }

  /** The registry does not know better yet: ask again later, but not for ever. */
  #stale(route: Route, gone: boolean): void {
    const nowMs = this.#ports.clock.now();
    route.newestPlace = undefined;
    route.newestEpoch = 0;
    if (route.staleSinceMs === 0) route.staleSinceMs = nowMs;
    if (gone || nowMs - route.staleSinceMs > this.#ports.giveUpMs) {
      this.#ports.checks.mark("lookupGivenUp");
      this.#giveUp(route);
    }
  }

  /** Nobody has the id: the actor is started for what waits here, or that ends. */
  #giveUp(route: Route): void {
    if (route.starting) return;
    const started = this.#ports.autoStart(route.id, sendOrder<Mail>(route));
    if (started === undefined) {
      this.#end(route, (envelope) => this.#ports.notFound(envelope));
      return;
    }
    route.starting = true;
    void started.then((outcome) => this.#started(route, outcome));
  }

  /** A start that may not have taken place is looked for, and tried again as the retry timer fires, about as long as a stale lookup. */
  #started(route: Route, outcome: AutoStarted): void {
    const { retryMs, giveUpMs, notStarted } = this.#ports;
    route.starting = false;
    if (route.state !== "resolving" || this.#routes.get(route.id) !== route) return;
    const { id } = route;
    const isFirst = route.startsInVain++ === 0;
    const isLate = route.startsInVain * retryMs > giveUpMs;
    const text = `actor ${id} was not found after ${route.startsInVain} starts: whoever was asked did not answer, or it ended each time`;
    const error = typeof outcome === "object" ? outcome : isLate ? new StartFailed(text, { id }) : undefined;
    if (error !== undefined) this.#end(route, (envelope) => notStarted(envelope, error));
    else if (outcome === "there" && isFirst) this.#request(route);
  }

  #end(route: Route, fate: (envelope: Envelope) => void): void {
    const left = sendOrder<Mail>(route);
    this.#held.let(left);
    this.#enter(route, "gone");
    for (const mail of left) {
      if (mail.kind === "marker") this.#settled(mail.markerId);
      else fate(mail);
    }
    this.#ports.released();
  }

  #request(route: Route): void {
    if (!mustWait(route, this.#around)) this.#lookups.add(route.id);
  }

  #marker(to: ActorId, epoch: Epoch, markerId: number): Marker {
    return { kind: "marker", to, epoch, markerId, origin: this.#ports.place };
  }

  #sendMarker(id: ActorId, markerId: number): void {
    const route = this.#routes.get(id);
    if (route === undefined) this.#settled(markerId);
    else if (route.state === "open" && route.place !== undefined) {
      route.sentEpoch = route.epoch;
      this.#ports.dispatch(this.#marker(id, route.epoch, markerId), route.place);
    } else this.#hold(route, this.#marker(id, route.epoch, markerId));
  }

  #settled(markerId: number): boolean {
    const settling = this.#settlings.get(markerId);
    if (settling === undefined) return false;
    this.#settlings.delete(markerId);
    settling.waiting.delete(markerId);
    if (settling.waiting.size === 0) settling.done();
    return true;
  }

  /** Markers and lookups can be lost with a place that dies: they are sent again until answered. A second answer does no harm. */
  #arm(): void {
    if (this.#retry !== undefined) return;
    if (this.#unsettled.size === 0 && this.#settlings.size === 0) return;
    this.#retry = this.#ports.clock.setTimeout(() => {
      this.#retry = undefined;
      if (this.#held.count > 0 && this.#freeExpired()) this.#ports.released();
      this.#checkHeld();
      for (const route of [...this.#unsettled]) {
        if (isIdle(route)) this.#enter(route, "gone");
        else if (route.state === "holding") {
          this.#ports.checks.mark("markerResent");
          this.#sendMarkerOn(route, this.#nextMarkerId());
        } else this.#request(route);
      }
      for (const [markerId, settling] of [...this.#settlings]) {
        const id = settling.waiting.get(markerId);
        const held =
          id !== undefined && this.#routes.get(id)?.held.some((mail) => mail.kind === "marker" && mail.markerId === markerId);
        if (id !== undefined && !held) this.#sendMarker(id, markerId);
      }
      this.#arm();
    }, this.#ports.retryMs);
  }

  #checkHeld(): void {
    this.#ports.checks.invariant(
      [...this.#unsettled].reduce((sum, { held, bounced }) => sum + held.length + bounced.length, 0) === this.#held.count,
      "what is held is the sum over the routes",
      () => String(this.#held.count),
    );
    this.#ports.checks.invariant(this.#held.count > 0 || this.#held.bytes === 0, "nothing that is held takes no bytes", () =>
      String(this.#held.bytes),
    );
  }
}

/** True for one that looks for an actor for nobody any more: what was held has expired. */
function isIdle({ state, place, newestPlace, lost, held, bounced, starting }: Route): boolean {
  const isNew = state === "resolving" && !starting && place === undefined && newestPlace === undefined && !lost;
  return isNew && held.length === 0 && bounced.length === 0;
}

function address(mail: Mail, epoch: Epoch): void {
  mail.epoch = epoch;
  if (mail.kind === "envelope") mail.sentEpoch = epoch;
}
