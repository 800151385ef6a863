import type { Cell, CellBirth, Origin } from "@process-hub/actor";
import {
  type ActorId,
  AlreadyStarted,
  type ChildSpec,
  type Epoch,
  isLaterState,
  ownedCopy,
  type PlaceId,
  placeInWords,
  type ReplicaFrame,
  type ReplicaOrigin,
  type ReplicaState,
  type StandOrder,
  type StartOrder,
  TurnBatch,
} from "@process-hub/protocol";
import { groupedBy } from "./grouped-by.js";
import { kindTerms } from "./kind-terms.js";
import { replicaLife } from "./replica-life.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of passive replicas, beside the thread's context. */
interface PassiveReplicasPorts {
  readonly births: { cell(birth: CellBirth): Cell };
}

/** An actor whose states are asked for, or needed no more, and where it runs. */
interface Follow {
  readonly id: ActorId;
  readonly active: PlaceId;
  readonly retiring: boolean;
}

/** What a replica leaves to its actor. `replica`: where the state is the actor's own, and not what the replica began with. */
export type KeptOrigin = Origin & { readonly replica?: ReplicaOrigin };

/** One passive replica. */
interface Kept {
  readonly spec: ChildSpec;
  readonly cell: Cell;
  /** Where its actor runs. */
  active: PlaceId;
  /** True once its cell was told to begin. That of an actor which went from here has a state, and is not. */
  begun: boolean;
  /** True when a state has come from where the actor is now. */
  heard: boolean;
  /** It asks to be let go, and is kept until it is ended. */
  retiring: boolean;
  held: { readonly from: PlaceId; readonly state: ReplicaState; readonly atMs: number } | undefined;
}

/**
 * The passive replicas that a thread keeps of actors which run elsewhere. They have begun, and handle nothing; with `standby` each keeps
 * the latest state of its actor, as it came: it is opened when the actor goes on with it here.
 * Without them an actor whose node is lost would begin with `init`, and all it knew would be gone.
 */
export class PassiveReplicas {
  readonly #context: ThreadContext;
  readonly #ports: PassiveReplicasPorts;
  readonly #kept = new Map<ActorId, Kept>();
  readonly #toFollow = new TurnBatch<Follow>((all) => this.#sendFollows(all));
  #asksAgain = false;

  constructor(context: ThreadContext, ports: PassiveReplicasPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** The cells of all of them. */
  get cells(): Cell[] {
    return [...this.#kept.values()].map(({ cell }) => cell);
  }

  /** Begins a replica, or has the one there is follow its actor to another place. Throws, or rejects, what its `init` throws. */
  stand({ spec, active, epoch, mode }: StandOrder): void | Promise<void> {
    const { cells, clock, place } = this.#context;
    const { id } = spec;
    const known = this.#kept.get(id);
    if (known !== undefined) {
      known.active = active;
      known.retiring = false;
      this.#follow(known);
      return known.begun ? undefined : this.#begin(id, known);
    }
    if (cells.has(id))
      throw new AlreadyStarted(`actor ${id} itself runs on ${placeInWords(place)}, beside which no replica of it stands`, { id });
    const cell = this.#ports.births.cell({ spec, epoch, mode, life: replicaLife(place, epoch, clock) });
    const kept: Kept = { spec, cell, active, begun: false, heard: false, retiring: false, held: undefined };
    this.#kept.set(id, kept);
    return this.#begin(id, kept);
  }

  /** Keeps what an actor had that went from here to another place, or ended here to go on elsewhere, until its other replicas have as much. */
  keep(spec: ChildSpec, active: PlaceId, state: ReplicaState): void {
    const { clock, place } = this.#context;
    const { id, epoch } = state;
    const cell = this.#ports.births.cell({ spec, epoch, mode: "passive", life: replicaLife(place, epoch, clock) });
    const held = { from: active, state, atMs: clock.now() };
    const kept: Kept = { spec, cell, active, begun: false, heard: false, retiring: false, held };
    this.#kept.set(id, kept);
    this.#context.tellMain({ type: "kept", actors: [{ id, epoch, place: active }] });
    this.#follow(kept);
  }

  /** Has replicas ask to be let go. */
  retire(ids: readonly ActorId[]): void {
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept === undefined) continue;
      kept.retiring = true;
      this.#ask(kept);
    }
    this.#askAgain();
  }

  /**
   * Gives the replica up, if there is one, and says so to its actor's place. `epoch`: of the replica that is meant; what an actor left here since
   * is another one, and the only one that has its state.
   */
  end(id: ActorId, epoch?: Epoch): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    if (epoch !== undefined && !kept.begun && kept.cell.epoch > epoch) return;
    this.#kept.delete(id);
    kept.cell.discard();
    if (this.#hasStates(kept) && !this.#context.isDown(kept.active))
      this.#context.send(kept.active, { type: "unfollow", ids: [id] });
  }

  /** The newest states kept here of these actors. */
  standbys(ids: readonly ActorId[]): ReplicaState[] {
    return ids.flatMap((id) => this.#latest(id) ?? []);
  }

  /**
   * The actor starts here. What it goes on from, when it is to go on; without one it begins with `init`. Its replica ends when it has begun
   * (`end`): should it fail to, what the replica keeps is there for the next try.
   */
  origin({ spec, promote, standby }: StartOrder): KeptOrigin | undefined {
    if (promote !== true) return undefined;
    const { id } = spec;
    const kept = this.#kept.get(id);
    const own = this.#latest(id);
    const newest = own === undefined || (standby !== undefined && isLaterState(standby, own)) ? standby : own;
    if (newest !== undefined && newest === own) this.#context.checks.mark("passiveReplicaPromoted");
    if (newest !== undefined) {
      const { state, timers, owed, ties, sequence, earlier } = newest;
      const { behaviour } = kept?.cell ?? {};
      const isWhole = earlier !== true && kindTerms(this.#context.settings, behaviour).acknowledge !== "none";
      const replica = { handled: sequence, ...(earlier === true ? { earlier } : {}) };
      return { wire: state, timers, owed, ties, isWhole, replica };
    }
    const began = kept !== undefined && !this.#hasStates(kept) && kept.cell.state !== undefined;
    return began ? { state: kept.cell.state, timers: kept.cell.frozenTimers, ties: kept.cell.ties?.wire() } : undefined;
  }

  /** Acts on the word of an actor: what its states are, or that what is kept of it is needed no more. */
  receive(frame: Extract<ReplicaFrame, { type: "states" | "letGo" }>, from: PlaceId): void {
    if (frame.type === "states") this.#take(frame.states, from);
    else {
      const ids = frame.ids.filter((id) => this.#isLetGo(id, from));
      if (ids.length > 0) this.#context.tellMain({ type: "retired", ids });
    }
  }

  #isLetGo(id: ActorId, from: PlaceId): boolean {
    const kept = this.#kept.get(id);
    if (kept?.active !== from || !kept.retiring) return false;
    // It is ended, or follows again: in either case it is for the main thread to say so.
    kept.retiring = false;
    return true;
  }

  /** Takes states in, each unless a later one is kept, and acknowledges them; says which actors are not kept here, or follow another place. */
  #take(states: readonly ReplicaState[], from: PlaceId): void {
    const taken: { id: ActorId; epoch: number; sequence: number }[] = [];
    const unknown: ActorId[] = [];
    for (const state of states) {
      const { id, epoch, sequence } = state;
      const kept = this.#kept.get(id);
      if (kept?.active !== from) {
        unknown.push(id);
        continue;
      }
      kept.heard = true;
      if (kept.held === undefined || kept.held.from !== from || !isLaterState(kept.held.state, state)) {
        const owned = { ...state, state: ownedCopy(state.state) };
        kept.held = { from, state: owned, atMs: this.#context.clock.now() };
      }
      taken.push({ id, epoch, sequence });
    }
    if (taken.length > 0) this.#context.send(from, { type: "statesTaken", taken }, taken.length * 48);
    if (unknown.length > 0) this.#context.send(from, { type: "unfollow", ids: unknown }, unknown.length * 32);
  }

  /** Begins its cell. Throws, or rejects, what its `init` throws; then nothing is left of it. */
  #begin(id: ActorId, kept: Kept): void | Promise<void> {
    const { cell } = kept;
    const forget = (error: unknown): never => {
      cell.discard();
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
      throw error;
    };
    kept.begun = true;
    try {
      const begun = cell.begin();
      this.#follow(kept);
      return begun?.catch(forget);
    } catch (error) {
      return forget(error);
    }
  }

  #latest(id: ActorId): ReplicaState | undefined {
    const kept = this.#kept.get(id);
    const held = kept?.held;
    if (kept === undefined || held === undefined) return undefined;
    const passedMs = this.#context.clock.now() - held.atMs;
    const timers = held.state.timers.map((timer) => ({ ...timer, inMs: Math.max(0, timer.inMs - passedMs) }));
    const owed = held.state.owed?.flatMap((each) => {
      const leftMs = each.leftMs - passedMs;
      return each.leftMs === 0 || leftMs > 0 ? [{ ...each, leftMs: Math.max(0, leftMs) }] : [];
    });
    return {
      ...held.state,
      timers,
      ...(owed === undefined ? {} : { owed }),
      ...(held.from === kept.active ? {} : { earlier: true }),
    };
  }

  /** True where the replicas of its kind receive the states of their actors. */
  #hasStates({ cell }: Kept): boolean {
    return kindTerms(this.#context.settings, cell.behaviour).standby;
  }

  /** Asks the actor's place for its states, and again until one has come: the actor may not be there yet. */
  #follow(kept: Kept): void {
    if (!this.#hasStates(kept)) return;
    kept.heard = false;
    this.#ask(kept);
    this.#askAgain();
  }

  #ask({ spec, active, retiring }: Kept): void {
    this.#toFollow.add({ id: spec.id, active, retiring });
  }

  #sendFollows(all: readonly Follow[]): void {
    const { isDown, send } = this.#context;
    for (const group of groupedBy(all, ({ active, retiring }) => `${active} ${retiring}`)) {
      const [{ active, retiring }] = group;
      const type = retiring ? ("retire" as const) : ("follow" as const);
      if (!isDown(active)) send(active, { type, ids: group.map(({ id }) => id) }, group.length * 32);
    }
  }

  #askAgain(): void {
    if (this.#asksAgain) return;
    this.#asksAgain = true;
    this.#context.clock.setTimeout(() => {
      this.#asksAgain = false;
      const silent = [...this.#kept.values()].filter(({ heard, retiring }) => !heard || retiring);
      for (const kept of silent) this.#ask(kept);
      if (silent.length > 0) this.#askAgain();
    }, this.#context.settings.markerRetryMs);
  }
}
