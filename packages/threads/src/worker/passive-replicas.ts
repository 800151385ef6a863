import type { Cell, CellBirth, Origin } from "@process-hub/actor";
import {
  type ActorId,
  AlreadyStarted,
  type ChildSpec,
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
import { replicaLife } from "./replica-life.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of passive replicas, beside the thread's context. */
interface PassiveReplicasPorts {
  readonly births: { cell(birth: CellBirth): Cell };
}

/** An actor whose states are asked for, and where it runs. */
interface Follow {
  readonly id: ActorId;
  readonly active: PlaceId;
}

/** What a replica leaves to its actor. `replica`: where the state is the actor's own, and not what the replica began with. */
export type KeptOrigin = Origin & { readonly replica?: ReplicaOrigin };

/** One passive replica. */
interface Kept {
  readonly spec: ChildSpec;
  readonly cell: Cell;
  /** Where its actor runs. */
  active: PlaceId;
  /** True when a state has come from where the actor is now. */
  heard: boolean;
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
      this.#follow(known);
      return;
    }
    if (cells.has(id))
      throw new AlreadyStarted(`actor ${id} itself runs on ${placeInWords(place)}, beside which no replica of it stands`, { id });
    const cell = this.#ports.births.cell({ spec, epoch, mode, life: replicaLife(place, epoch, clock) });
    const kept: Kept = { spec, cell, active, heard: false, held: undefined };
    this.#kept.set(id, kept);
    const forget = (error: unknown): never => {
      cell.discard();
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
      throw error;
    };
    try {
      const begun = cell.begin();
      this.#follow(kept);
      return begun?.catch(forget);
    } catch (error) {
      return forget(error);
    }
  }

  /** Gives the replica up, if there is one, and says so to its actor's place. */
  end(id: ActorId): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    kept.cell.discard();
    if (this.#context.settings.standby === true && !this.#context.isDown(kept.active))
      this.#context.send(kept.active, { type: "unfollow", ids: [id] });
  }

  /** The newest states kept here of these actors. */
  standbys(ids: readonly ActorId[]): ReplicaState[] {
    return ids.flatMap((id) => this.#latest(id) ?? []);
  }

  /** The actor starts here: its replica ends. What the actor goes on from, when it is to go on; undefined: it begins with `init`. */
  release({ spec, promote, standby }: StartOrder): KeptOrigin | undefined {
    const { id } = spec;
    const kept = this.#kept.get(id);
    const own = this.#latest(id);
    this.end(id);
    if (promote !== true) return undefined;
    const newest = own === undefined || (standby !== undefined && isLaterState(standby, own)) ? standby : own;
    if (newest !== undefined && newest === own) this.#context.checks.mark("passiveReplicaPromoted");
    if (newest !== undefined) {
      const { state, timers, sequence, earlier } = newest;
      return { wire: state, timers, replica: { handled: sequence, ...(earlier === true ? { earlier } : {}) } };
    }
    const began = kept !== undefined && this.#context.settings.standby !== true && kept.cell.state !== undefined;
    return began ? { state: kept.cell.state, timers: kept.cell.frozenTimers } : undefined;
  }

  /** Takes states in, each unless a later one is kept, and acknowledges them; says which actors are not kept here, or follow another place. */
  receive({ states }: Extract<ReplicaFrame, { type: "states" }>, from: PlaceId): void {
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

  #latest(id: ActorId): ReplicaState | undefined {
    const kept = this.#kept.get(id);
    const held = kept?.held;
    if (kept === undefined || held === undefined) return undefined;
    const passedMs = this.#context.clock.now() - held.atMs;
    const timers = held.state.timers.map((timer) => ({ ...timer, inMs: Math.max(0, timer.inMs - passedMs) }));
    return { ...held.state, timers, ...(held.from === kept.active ? {} : { earlier: true }) };
  }

  /** Asks the actor's place for its states, and again until one has come: the actor may not be there yet. */
  #follow(kept: Kept): void {
    if (this.#context.settings.standby !== true) return;
    kept.heard = false;
    this.#ask(kept);
    this.#askAgain();
  }

  #ask({ spec, active }: Kept): void {
    this.#toFollow.add({ id: spec.id, active });
  }

  #sendFollows(all: readonly Follow[]): void {
    const { isDown, send } = this.#context;
    for (const group of groupedBy(all, ({ active }) => active)) {
      const [{ active }] = group;
      if (!isDown(active)) send(active, { type: "follow", ids: group.map(({ id }) => id) }, group.length * 32);
    }
  }

  #askAgain(): void {
    if (this.#asksAgain) return;
    this.#asksAgain = true;
    this.#context.clock.setTimeout(() => {
      this.#asksAgain = false;
      const silent = [...this.#kept.values()].filter(({ heard }) => !heard);
      for (const kept of silent) this.#ask(kept);
      if (silent.length > 0) this.#askAgain();
    }, this.#context.settings.markerRetryMs);
  }
}
