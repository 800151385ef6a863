import type { Cell } from "@process-hub/actor";
import {
  type ActorId,
  type PlaceId,
  type ReplicaFrame,
  type ReplicaState,
  type Timer,
  TurnBatch,
  tooLarge,
} from "@process-hub/protocol";
import type { KindTerms } from "./kind-terms.js";
import { LastWord } from "./last-word.js";
import { StandbyPlan } from "./standby-plan.js";
import { StateOutbox, stateBytes } from "./state-outbox.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of replica streams, beside the thread's context. */
interface ReplicaStreamsPorts {
  /** The time of this turn. */
  readonly now: () => number;
  /** True while this node may not serve. */
  readonly isFenced: () => boolean;
  /** Keeps the last state of an actor that ended here, and is to go on. */
  readonly keep: (cell: Followed, last: ReplicaState) => void;
  /** What actors have sent, and what waits for their standbys. */
  readonly held?: HeldUntilSafe | undefined;
  /** How many standbys the answers of an actor wait for, by the terms of its kind. */
  readonly acknowledge: (actor: string) => KindTerms["acknowledge"];
}

/** What waits until the state it came from is safe. */
interface HeldUntilSafe {
  safeUntil(cell: Followed, safe: number): void;
  /** The actor is over, and its last state is safe, or not. */
  ended(cell: Followed, isSafe: boolean): void;
}

/** An actor, as far as its states are sent on. */
export type Followed = Pick<
  Cell,
  | "id"
  | "spec"
  | "epoch"
  | "phase"
  | "watched"
  | "inHand"
  | "between"
  | "timersLeft"
  | "owedLeft"
  | "ties"
  | "kept"
  | "noteRecipient"
  | "readReplicaState"
>;

interface Follower {
  /** How many of the messages handled it has the outcome of; -1: nothing yet. */
  acked: number;
  /** The state that it was sent since it last asked; -1: nothing. */
  sent: number;
  /** The latest that it was ever sent. What it acknowledges of that counts, though it asked again meanwhile. */
  most: number;
  sentAtMs: number;
  /** A state is on its way: the next one waits for its acknowledgement, and is then the latest. */
  waiting: boolean;
  /** It is to go when the others have what it has, and nobody counts on it. */
  leaving: boolean;
}

interface Stream {
  handled: number;
  /** How many of them ended, or changed something, beside the handler in hand: their state cannot be taken before that ends. */
  beside: number;
  /** The sequence of the latest state that any follower has. */
  acked: number;
  /** The sequence of the latest state that as many followers have as the actor's answers wait for. */
  safe: number;
  /** Since when there is something that no follower has; 0: there is nothing. */
  sinceMs: number;
  /** A state was to be sent, and a handler was in hand: it goes out when that ends. */
  overdue: boolean;
  /** The latest state, as it was taken before the handler in hand began; without `state`: it could not be. */
  taken: { readonly sequence: number; readonly state?: ReplicaState } | undefined;
  /** True when it was logged that the state is too large to travel. */
  told: boolean;
  /** After how many failures in a row its state is made again, and the timer of the next try: nobody may write to the actor for long. */
  failures: number;
  again: Timer | undefined;
  readonly followers: Map<PlaceId, Follower>;
}

/** The longest pause before the state of an actor is made again. */
const longestPauseMs = 5_000;

/**
 * The actor's side of passive replicas: after messages its state goes to the places that follow it, once per turn and place, one at a
 * time: of several changes only the latest state is sent. Without it a replica would know nothing of what its actor has done since the replica began.
 * Source: primary-backup replication, Budhiraja and others, 1993.
 */
export class ReplicaStreams {
  readonly #context: ThreadContext;
  readonly #ports: ReplicaStreamsPorts;
  readonly #outbox: StateOutbox;
  readonly #streams = new Map<Followed, Stream>();
  /** In the order in which they fell behind. */
  readonly #behind = new Set<Followed>();
  readonly #lastWords = new Map<ActorId, LastWord>();
  /** Those whose state is to be sent at the end of this turn. */
  readonly #dirty = new TurnBatch<Followed>((cells) => {
    for (const cell of new Set(cells)) {
      const stream = this.#streams.get(cell);
      if (stream === undefined) continue;
      if (cell.between || stream.taken !== undefined) this.#send(cell, stream, false);
      else stream.overdue = true;
    }
  });
  /** The actors that end here and are to go on: their last states are kept. */
  readonly #goingOn = new Set<ActorId>();
  readonly #plan: StandbyPlan;
  #lead = 0;
  #kept = 0;

  constructor(context: ThreadContext, ports: ReplicaStreamsPorts) {
    this.#context = context;
    this.#ports = ports;
    this.#outbox = new StateOutbox(context);
    this.#plan = new StandbyPlan({ acknowledge: ports.acknowledge, isFenced: ports.isFenced });
  }

  /** A watched cell has handled a message; `last`: it stops, and its followers get what it ends with at once. */
  changed(cell: Followed, last: boolean): void {
    const stream = this.#of(cell);
    stream.handled++;
    stream.beside = cell.inHand === undefined ? 0 : stream.beside + 1;
    this.#lead++;
    this.#fellBehind(cell, stream, this.#ports.now());
    if (last) this.#sendLast(cell, stream);
    else if (stream.overdue && cell.between) this.#send(cell, stream, false);
    else this.#sendSoon(cell);
    this.#count();
  }

  /**
   * A handler that may wait is about to begin: the state before it is taken now, as what the handler asks waits until that is safe. True when
   * the cell is busy with it.
   */
  taking(cell: Followed): boolean {
    if (this.#ports.held === undefined || !this.#waits(cell)) return false;
    const stream = this.#of(cell);
    if (stream.taken?.sequence === stream.handled) return false;
    this.#take(cell, stream, (taken) => {
      stream.taken = { sequence: stream.handled, ...(taken === undefined ? {} : { state: taken }) };
      // It could not be taken when it was to be sent, and the handler may wait for it.
      if (taken !== undefined) this.#sendSoon(cell);
    });
    return !cell.between;
  }

  /** The work in hand of an actor has ended, or the making of its state: another state that was due meanwhile goes out now. */
  idle(cell: Followed): void {
    if (this.#streams.get(cell)?.overdue === true) this.#sendSoon(cell);
  }

  /** An actor that is about to end here is to go on elsewhere, or here again: its last state is kept. */
  goesOn(id: ActorId): void {
    if (this.#context.cells.get(id)?.watched === true) this.#goingOn.add(id);
  }

  /** How many messages an actor has handled here. */
  handled(cell: Followed): number {
    return this.#streams.get(cell)?.handled ?? 0;
  }

  /** How many it had handled here before the one in hand. */
  before(cell: Followed): number {
    const stream = this.#streams.get(cell);
    if (stream === undefined) return 0;
    return cell.inHand === undefined ? stream.handled : stream.handled - stream.beside;
  }

  /** The state after how many of them is safe. What it came here with is. */
  safe(cell: Followed): number {
    if (!this.#waits(cell) || this.#plan.neededFor(cell.spec) === 0) return Number.POSITIVE_INFINITY;
    return this.#streams.get(cell)?.safe ?? 0;
  }

  /** False when the state after all that it handled neither is on its way nor can go: it could not be taken, or is too large. */
  canBeSafe(cell: Followed): boolean {
    const stream = this.#streams.get(cell);
    if (stream === undefined || cell.inHand === undefined) return true;
    const { taken, followers } = stream;
    const handled = this.before(cell);
    if ([...followers.values()].some(({ most }) => most >= handled)) return true;
    return taken?.sequence === handled && taken.state !== undefined && !this.#isTooLarge(taken.state, stream);
  }

  /** The plan of standbys as it is now. */
  planned(plan: Parameters<StandbyPlan["set"]>[0]): void {
    this.#plan.set(plan);
    for (const [cell, stream] of this.#streams) this.#advanced(cell, stream);
  }

  /** Acts on the word of a follower: that it follows, that it no longer does, which states it has. */
  receive(frame: Extract<ReplicaFrame, { type: "follow" | "unfollow" | "retire" | "statesTaken" }>, from: PlaceId): void {
    switch (frame.type) {
      case "follow":
        for (const id of frame.ids) this.#follow(id, from);
        break;
      case "unfollow":
        for (const id of frame.ids) this.#unfollow(this.#context.cells.get(id), from);
        break;
      case "retire":
        for (const id of frame.ids) this.#retire(id, from);
        break;
      case "statesTaken":
        for (const { id, sequence } of frame.taken) this.#taken(id, sequence, from);
        break;
      default:
        frame satisfies never;
    }
    this.#count();
  }

  /** Places went down: who followed from there does no more. */
  placeDown(): void {
    for (const [cell, { followers }] of this.#streams)
      for (const place of [...followers.keys()]) if (this.#context.isDown(place)) this.#unfollow(cell, place);
    for (const last of this.#lastWords.values()) last.placeDown((place) => this.#context.isDown(place));
    this.#count();
  }

  /** The cell is here no more. */
  ended(cell: Followed): void {
    const stream = this.#streams.get(cell);
    const last = this.#lastWords.get(cell.id);
    this.#goingOn.delete(cell.id);
    if (last === undefined) this.#ports.held?.ended(cell, false);
    else void last.ended.then((isSafe) => this.#ports.held?.ended(cell, isSafe));
    if (stream === undefined) return;
    stream.again?.cancel();
    for (const place of [...stream.followers.keys()]) this.#unfollow(cell, place);
    this.#lead -= stream.handled - stream.acked;
    this.#streams.delete(cell);
    this.#behind.delete(cell);
    this.#count();
  }

  /** Resolves when the followers of an actor that stopped have its last state, or after a moment. */
  lastWord(id: ActorId): Promise<unknown> | undefined {
    return this.#lastWords.get(id)?.ended;
  }

  /** True when the answers of an actor wait for its standbys. */
  #waits({ spec }: Followed): boolean {
    return this.#ports.acknowledge(spec.actor) !== "none";
  }

  #of(cell: Followed): Stream {
    const known = this.#streams.get(cell);
    if (known !== undefined) return known;
    const stream: Stream = {
      handled: 0,
      beside: 0,
      acked: 0,
      safe: 0,
      sinceMs: 0,
      overdue: false,
      taken: undefined,
      told: false,
      failures: 0,
      again: undefined,
      followers: new Map(),
    };
    this.#streams.set(cell, stream);
    return stream;
  }

  /** An actor that is not here yet is followed when its follower asks again. */
  #follow(id: ActorId, from: PlaceId): void {
    const cell = this.#context.cells.get(id);
    if (cell === undefined || !cell.watched || (cell.phase !== "running" && cell.phase !== "sealed")) return;
    const { followers } = this.#of(cell);
    const { acked, most, sentAtMs } = followers.get(from) ?? { acked: -1, most: -1, sentAtMs: 0 };
    followers.set(from, { acked, sent: -1, most, sentAtMs, waiting: false, leaving: false });
    this.#sendSoon(cell);
  }

  /** A follower is to go: nothing more counts on it, and it goes when the others have what it has. One that asks again has its answer again. */
  #retire(id: ActorId, from: PlaceId): void {
    const cell = this.#context.cells.get(id);
    if (cell === undefined || (cell.phase !== "running" && cell.phase !== "sealed")) return;
    // One that can have no replica here, as it came back to the only node it may run on, needs none that it left.
    if (!cell.watched) {
      this.#context.send(from, { type: "letGo", ids: [id] });
      return;
    }
    const stream = this.#of(cell);
    const follower = stream.followers.get(from);
    if (follower === undefined)
      stream.followers.set(from, { acked: -1, sent: 0, most: 0, sentAtMs: 0, waiting: true, leaving: true });
    else follower.leaving = true;
    this.#letGo(cell, stream);
    // One of the others may still want a state that could not be made when it was due.
    this.#sendSoon(cell);
  }

  /** Lets those go that are to leave, as far as enough of the others have what they have, and all that was answered by. */
  #letGo(cell: Followed, stream: Stream): void {
    const needed = Math.min(this.#plan.countFor(cell.spec), this.#plan.neededFor(cell.spec));
    const staying = [...stream.followers.values()].filter(({ leaving }) => !leaving);
    for (const [place, { leaving, acked }] of [...stream.followers]) {
      if (!leaving || staying.filter((other) => other.acked >= Math.max(acked, stream.safe, 0)).length < needed) continue;
      this.#unfollow(cell, place);
      this.#context.send(place, { type: "letGo", ids: [cell.id] });
    }
  }

  /** More followers have a state, or fewer are needed, or one left: what is safe by now may leave, and so may who is needed no more. */
  #advanced(cell: Followed, stream: Stream): void {
    const { held } = this.#ports;
    if (held !== undefined) {
      const acked = [...stream.followers.values()].flatMap((one) => (one.leaving ? [] : [one.acked]));
      const needed = this.#plan.neededFor(cell.spec);
      const safe = needed === 0 ? stream.handled : (acked.sort((a, b) => b - a)[needed - 1] ?? 0);
      const isMore = safe > stream.safe;
      if (isMore) stream.safe = safe;
      // Nobody is waited for: not for the handler in hand either, after which nothing would look again.
      if (needed === 0) held.safeUntil(cell, Number.POSITIVE_INFINITY);
      else if (isMore) held.safeUntil(cell, safe);
    }
    if ([...stream.followers.values()].some(({ leaving }) => leaving)) this.#letGo(cell, stream);
  }

  #unfollow(cell: Followed | undefined, from: PlaceId): void {
    const stream = cell && this.#streams.get(cell);
    if (cell === undefined || stream === undefined) return;
    const before = mostOf(stream);
    if (!stream.followers.delete(from)) return;
    const now = mostOf(stream);
    if (before >= 0 && now < 0) this.#kept--;
    const acked = Math.max(0, now);
    this.#lead += stream.acked - acked;
    stream.acked = acked;
    if (acked < stream.handled) this.#fellBehind(cell, stream, this.#context.clock.now());
  }

  #taken(id: ActorId, sequence: number, from: PlaceId): void {
    this.#lastWords.get(id)?.taken(from);
    const cell = this.#context.cells.get(id);
    const stream = cell && this.#streams.get(cell);
    const follower = stream?.followers.get(from);
    if (cell === undefined || stream === undefined || follower === undefined) return;
    const { sent, most, acked } = follower;
    if (sequence !== sent && (sequence > most || sequence <= acked)) return;
    this.#context.checks.invariant(sequence <= stream.handled, "a follower has no more than was handled", () => id);
    if (sequence === sent) follower.waiting = false;
    if (mostOf(stream) < 0) this.#kept++;
    follower.acked = sequence;
    this.#advanced(cell, stream);
    if (sequence > stream.acked) {
      this.#lead -= sequence - stream.acked;
      stream.acked = sequence;
    }
    if (sequence < stream.handled) this.#sendSoon(cell);
    if (stream.acked < stream.handled && stream.acked > sequence) return;
    this.#behind.delete(cell);
    stream.sinceMs = 0;
    // What came after the state it has was handled after that state was sent.
    if (stream.acked < stream.handled) this.#fellBehind(cell, stream, follower.sentAtMs);
  }

  #fellBehind(cell: Followed, stream: Stream, sinceMs: number): void {
    if (stream.sinceMs !== 0) return;
    stream.sinceMs = sinceMs;
    this.#behind.add(cell);
  }

  #sendSoon(cell: Followed): void {
    this.#dirty.add(cell);
  }

  #sendLast(cell: Followed, stream: Stream): void {
    const { clock, checks } = this.#context;
    const places = [...stream.followers.keys()];
    this.#send(cell, stream, true);
    if (places.length === 0) return;
    const { id } = cell;
    const last = new LastWord({
      places,
      needed: this.#plan.neededFor(cell.spec),
      clock,
      late: () => checks.mark("lastStateUnconfirmed"),
    });
    this.#lastWords.set(id, last);
    void last.ended.then(() => this.#lastWords.get(id) === last && this.#lastWords.delete(id));
  }

  #send(cell: Followed, stream: Stream, last: boolean): void {
    const taken = stream.taken?.state;
    const sequence = cell.between || last ? stream.handled : (taken?.sequence ?? -1);
    const to = [...stream.followers].filter(([, one]) => last || (!one.leaving && !one.waiting && one.sent < sequence));
    const isKept = last && this.#goingOn.has(cell.id);
    if (to.length === 0 && !isKept) return;
    stream.overdue = false;
    const go = (state: ReplicaState | undefined): void => {
      if (state === undefined) {
        if (!last) this.#sendLater(cell, stream);
        return;
      }
      stream.failures = 0;
      if (isKept) this.#ports.keep(cell, state);
      if (to.length === 0 || this.#isTooLarge(state, stream)) return;
      for (const [place, follower] of to) this.#sendTo(place, follower, state);
    };
    if (taken?.sequence === sequence) go(taken);
    else this.#take(cell, stream, go);
  }

  /** The state could not be made: its lifecycle threw. What waits until it is safe would wait for the next message. */
  #sendLater(cell: Followed, stream: Stream): void {
    if (stream.again !== undefined) return;
    const { clock, settings } = this.#context;
    const pauseMs = Math.min(longestPauseMs, settings.markerRetryMs * 2 ** stream.failures++);
    stream.again = clock.setTimeout(() => {
      stream.again = undefined;
      if (this.#streams.get(cell) === stream) this.#sendSoon(cell);
    }, pauseMs);
  }

  #sendTo(place: PlaceId, follower: Follower, state: ReplicaState): void {
    const { clock, checks } = this.#context;
    const { sequence } = state;
    checks.invariant(sequence >= follower.sent, "the states a follower is sent only grow later", () => `${state.id} at ${place}`);
    const most = Math.max(follower.most, sequence);
    Object.assign(follower, { sent: sequence, most, sentAtMs: clock.now(), waiting: true });
    this.#outbox.push(place, state);
  }

  /** Gives the state of an actor between two handlers, now or when its async `prepare` has made it; undefined when it cannot travel. */
  #take(cell: Followed, stream: Stream, taken: (state: ReplicaState | undefined) => void): void {
    const { id, epoch } = cell;
    const sequence = stream.handled;
    cell.readReplicaState(
      (state) => {
        const owed = cell.owedLeft();
        const { timers, ties } = cell.kept ?? { timers: cell.timersLeft(), ties: cell.ties?.wire() };
        const more = { ...(owed === undefined ? {} : { owed }), ...(ties === undefined ? {} : { ties }) };
        taken({ id, epoch, sequence, state, timers: [...timers], ...more });
      },
      (error) => {
        this.#context.log("warn", id, `the state of actor ${id} cannot go to its passive replicas: ${String(error)}`);
        taken(undefined);
      },
    );
  }

  /** A state that is too large stays here, and the passive replicas keep the last one that could travel. Logged once for each actor. */
  #isTooLarge(state: ReplicaState, stream: Stream): boolean {
    const { settings } = this.#context;
    const { messageBytes = Number.POSITIVE_INFINITY } = settings;
    const bytes = stateBytes(state);
    if (bytes <= messageBytes) return false;
    if (!stream.told) {
      const text = `the state of actor ${state.id} cannot go to its passive replicas, which keep the one before`;
      this.#context.log("error", state.id, `${text}: ${tooLarge("it", bytes, messageBytes)}`);
    }
    stream.told = true;
    return true;
  }

  #count(): void {
    const { checks, counters } = this.#context;
    // Once per message: nothing is made here while all is well.
    if (this.#lead < 0 || this.#kept < 0)
      checks.invariant(false, "what replicas lag behind by is never negative", () => `${this.#lead}, ${this.#kept}`);
    const [first] = this.#behind;
    const sinceMs = first === undefined ? 0 : (this.#streams.get(first)?.sinceMs ?? 0);
    counters.set("standbyActors", this.#kept);
    counters.set("standbyBehind", this.#lead);
    counters.set("standbyBehindSinceMs", sinceMs);
  }
}

function mostOf({ followers }: Stream): number {
  let most = -1;
  for (const { acked } of followers.values()) most = Math.max(most, acked);
  return most;
}
