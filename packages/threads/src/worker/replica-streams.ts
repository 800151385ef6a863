import type { Cell } from "@process-hub/actor";
import { type ActorId, type PlaceId, type ReplicaFrame, type ReplicaState, TurnBatch, tooLarge } from "@process-hub/protocol";
import { StateOutbox, stateBytes } from "./state-outbox.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of replica streams, beside the thread's context. */
interface ReplicaStreamsPorts {
  /** The time of this turn. */
  readonly now: () => number;
}

/** An actor, as far as its states are sent on. */
export type Followed = Pick<Cell, "id" | "epoch" | "phase" | "watched" | "between" | "timers" | "readReplicaState">;

interface Follower {
  /** How many of the messages handled it has the outcome of; -1: nothing yet. */
  acked: number;
  sent: number;
  sentAtMs: number;
  /** A state is on its way: the next one waits for its acknowledgement, and is then the latest. */
  waiting: boolean;
}

interface Stream {
  handled: number;
  /** The sequence of the latest state that any follower has. */
  acked: number;
  /** Since when there is something that no follower has; 0: there is nothing. */
  sinceMs: number;
  /** True when it was logged that the state is too large to travel. */
  told: boolean;
  readonly followers: Map<PlaceId, Follower>;
}

/** How long a stop waits until its followers have the last state. */
const lastWordMs = 1_000;

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
  readonly #lastWords = new Map<ActorId, { readonly places: Set<PlaceId>; readonly done: () => void; ended: Promise<void> }>();
  /** Those whose state is to be sent at the end of this turn. One with a handler in hand is looked at again when that has ended. */
  readonly #dirty = new TurnBatch<Followed>((cells) => {
    for (const cell of new Set(cells)) if (this.#streams.has(cell) && cell.between) this.#send(cell, this.#of(cell), false);
  });
  #lead = 0;
  #kept = 0;

  constructor(context: ThreadContext, ports: ReplicaStreamsPorts) {
    this.#context = context;
    this.#ports = ports;
    this.#outbox = new StateOutbox(context);
  }

  /** A watched cell has handled a message; `last`: it stops, and its followers get what it ends with at once. */
  changed(cell: Followed, last: boolean): void {
    const stream = this.#of(cell);
    stream.handled++;
    this.#lead++;
    this.#fellBehind(cell, stream, this.#ports.now());
    if (last) this.#sendLast(cell, stream);
    else this.#sendSoon(cell);
    this.#count();
  }

  /** Acts on the word of a follower: that it follows, that it no longer does, which states it has. */
  receive(frame: Extract<ReplicaFrame, { type: "follow" | "unfollow" | "statesTaken" }>, from: PlaceId): void {
    switch (frame.type) {
      case "follow":
        for (const id of frame.ids) this.#follow(id, from);
        break;
      case "unfollow":
        for (const id of frame.ids) this.#unfollow(this.#context.cells.get(id), from);
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
    for (const { places, done } of this.#lastWords.values()) {
      for (const place of places) if (this.#context.isDown(place)) places.delete(place);
      if (places.size === 0) done();
    }
    this.#count();
  }

  /** The cell is here no more. */
  ended(cell: Followed): void {
    const stream = this.#streams.get(cell);
    if (stream === undefined) return;
    for (const place of [...stream.followers.keys()]) this.#unfollow(cell, place);
    this.#lead -= stream.handled - stream.acked;
    this.#streams.delete(cell);
    this.#behind.delete(cell);
    this.#count();
  }

  /** Resolves when the followers of an actor that stopped have its last state, or after a moment. */
  lastWord(id: ActorId): Promise<void> | undefined {
    return this.#lastWords.get(id)?.ended;
  }

  #of(cell: Followed): Stream {
    const known = this.#streams.get(cell);
    if (known !== undefined) return known;
    const stream: Stream = { handled: 0, acked: 0, sinceMs: 0, told: false, followers: new Map() };
    this.#streams.set(cell, stream);
    return stream;
  }

  /** An actor that is not here yet is followed when its follower asks again. */
  #follow(id: ActorId, from: PlaceId): void {
    const cell = this.#context.cells.get(id);
    if (cell === undefined || !cell.watched || (cell.phase !== "running" && cell.phase !== "sealed")) return;
    const { followers } = this.#of(cell);
    const acked = followers.get(from)?.acked ?? -1;
    followers.set(from, { acked, sent: -1, sentAtMs: 0, waiting: false });
    this.#sendSoon(cell);
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
    const last = this.#lastWords.get(id);
    if (last?.places.delete(from) === true && last.places.size === 0) last.done();
    const cell = this.#context.cells.get(id);
    const stream = cell && this.#streams.get(cell);
    const follower = stream?.followers.get(from);
    if (cell === undefined || stream === undefined || follower === undefined || sequence !== follower.sent) return;
    this.#context.checks.invariant(sequence <= stream.handled, "a follower has no more than was handled", () => id);
    follower.waiting = false;
    if (mostOf(stream) < 0) this.#kept++;
    follower.acked = sequence;
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
    const places = new Set(stream.followers.keys());
    this.#send(cell, stream, true);
    if (places.size === 0) return;
    const { id } = cell;
    let done = (): void => {};
    const ended = new Promise<void>((resolve) => {
      const late = clock.setTimeout(() => {
        checks.mark("lastStateUnconfirmed");
        done();
      }, lastWordMs);
      done = () => {
        late.cancel();
        this.#lastWords.delete(id);
        resolve();
      };
    });
    this.#lastWords.set(id, { places, done: () => done(), ended });
  }

  #send(cell: Followed, stream: Stream, last: boolean): void {
    const to = [...stream.followers].filter(([, { waiting, sent }]) => last || (!waiting && sent < stream.handled));
    if (to.length === 0) return;
    const sequence = stream.handled;
    const { clock, checks } = this.#context;
    cell.readReplicaState(
      (state) => {
        const sentAtMs = clock.now();
        const replicaState = { id: cell.id, epoch: cell.epoch, sequence, state, timers: cell.timers.left() };
        if (this.#isTooLarge(replicaState, stream)) return;
        for (const [place, follower] of to) {
          checks.invariant(
            sequence >= follower.sent,
            "the states a follower is sent only grow later",
            () => `${cell.id} at ${place}`,
          );
          Object.assign(follower, { sent: sequence, sentAtMs, waiting: true });
          this.#outbox.push(place, replicaState);
        }
      },
      (error) =>
        this.#context.log("warn", cell.id, `the state of actor ${cell.id} cannot go to its passive replicas: ${String(error)}`),
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
