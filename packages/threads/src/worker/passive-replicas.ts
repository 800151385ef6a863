import { Cell, type Origin } from "@process-hub/actor";
import {
  type ActorId,
  AlreadyStarted,
  type ChildSpec,
  isLaterState,
  ownedCopy,
  type PlaceId,
  placeInWords,
  type ReplicaFrame,
  type ReplicaState,
  type StandOrder,
  type StartOrder,
} from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/** One passive copy. */
interface Kept {
  readonly spec: ChildSpec;
  readonly cell: Cell;
  active: PlaceId;
  /** True when a state has come from where the active one is now. */
  heard: boolean;
  held: { readonly from: PlaceId; readonly copy: ReplicaState; readonly atMs: number } | undefined;
}

/**
 * The passive copies that a thread keeps beside actors which run elsewhere. They have begun, and handle nothing; with `standby` each keeps
 * the latest state of its active one, as it came: it is opened when the copy goes on with it.
 */
export class PassiveReplicas {
  readonly #runner: Runner;
  readonly #kept = new Map<ActorId, Kept>();
  #toFollow = new Map<PlaceId, ActorId[]>();
  #asksAgain = false;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  get cells(): Cell[] {
    return [...this.#kept.values()].map(({ cell }) => cell);
  }

  /** Begins a copy, or has the one there is follow its actor to another place. Throws, or rejects, what its `init` throws. */
  stand({ spec, active, epoch, mode }: StandOrder): void | Promise<void> {
    const { cells, clock, place } = this.#runner;
    const { id } = spec;
    const known = this.#kept.get(id);
    if (known !== undefined) {
      known.active = active;
      this.#follow(known);
      return;
    }
    if (cells.has(id))
      throw new AlreadyStarted(`actor ${id} itself runs on ${placeInWords(place)}, beside which no copy of it stands`, { id });
    const cell = new Cell(this.#runner, this.#runner.starts.behaviour(spec.actor), { spec, epoch, mode, bornAtMs: clock.now() });
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
      return begun && this.#runner.starts.inTime(begun, id).catch(forget);
    } catch (error) {
      return forget(error);
    }
  }

  end(id: ActorId): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    kept.cell.discard();
    if (this.#runner.settings.standby === true && !this.#runner.mailer.isDown(kept.active))
      this.#runner.mailer.send(kept.active, { type: "unfollow", ids: [id] });
  }

  /** The newest states kept here of these actors. */
  standbys(ids: readonly ActorId[]): ReplicaState[] {
    return ids.flatMap((id) => this.#standby(id) ?? []);
  }

  /** The actor starts here: its copy ends. What the actor goes on from, when it is to go on; undefined: it begins with `init`. */
  release({ spec, promote, standby }: StartOrder): Origin | undefined {
    const { id } = spec;
    const kept = this.#kept.get(id);
    const own = this.#standby(id);
    this.end(id);
    if (promote !== true) return undefined;
    const newest = own === undefined || (standby !== undefined && isLaterState(standby, own)) ? standby : own;
    if (newest !== undefined) return { wire: newest.state, timers: newest.timers };
    const began = kept !== undefined && this.#runner.settings.standby !== true && kept.cell.state !== undefined;
    return began ? { state: kept.cell.state, timers: kept.cell.frozenTimers } : undefined;
  }

  receive({ copies }: Extract<ReplicaFrame, { type: "states" }>, from: PlaceId): void {
    const taken: { id: ActorId; epoch: number; sequence: number }[] = [];
    const unknown: ActorId[] = [];
    for (const copy of copies) {
      const { id, epoch, sequence } = copy;
      const kept = this.#kept.get(id);
      if (kept?.active !== from) {
        unknown.push(id);
        continue;
      }
      kept.heard = true;
      if (kept.held === undefined || kept.held.from !== from || !isLaterState(kept.held.copy, copy)) {
        const state = ownedCopy(copy.state);
        kept.held = { from, copy: { ...copy, state }, atMs: this.#runner.clock.now() };
      }
      taken.push({ id, epoch, sequence });
    }
    if (taken.length > 0) this.#runner.mailer.send(from, { type: "statesTaken", copies: taken }, taken.length * 48);
    if (unknown.length > 0) this.#runner.mailer.send(from, { type: "unfollow", ids: unknown }, unknown.length * 32);
  }

  #standby(id: ActorId): ReplicaState | undefined {
    const held = this.#kept.get(id)?.held;
    if (held === undefined) return undefined;
    const passedMs = this.#runner.clock.now() - held.atMs;
    const timers = held.copy.timers.map((timer) => ({ ...timer, inMs: Math.max(0, timer.inMs - passedMs) }));
    return { ...held.copy, timers };
  }

  /** Asks the active one for its states, and again until one has come: it may not be there yet. */
  #follow(kept: Kept): void {
    if (this.#runner.settings.standby !== true) return;
    kept.heard = false;
    this.#ask(kept);
    this.#askAgain();
  }

  #ask({ spec, active }: Kept): void {
    if (this.#toFollow.size === 0) {
      queueMicrotask(() => {
        const toFollow = this.#toFollow;
        this.#toFollow = new Map();
        const { mailer } = this.#runner;
        for (const [place, ids] of toFollow)
          if (!mailer.isDown(place)) mailer.send(place, { type: "follow", ids }, ids.length * 32);
      });
    }
    const ids = this.#toFollow.get(active);
    if (ids === undefined) this.#toFollow.set(active, [spec.id]);
    else ids.push(spec.id);
  }

  #askAgain(): void {
    if (this.#asksAgain) return;
    this.#asksAgain = true;
    this.#runner.clock.setTimeout(() => {
      this.#asksAgain = false;
      const silent = [...this.#kept.values()].filter(({ heard }) => !heard);
      for (const kept of silent) this.#ask(kept);
      if (silent.length > 0) this.#askAgain();
    }, this.#runner.settings.markerRetryMs);
  }
}
