import type { Cell } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  type ActorSnapshot,
  type Epoch,
  type ErrorFields,
  encode,
  fromWireError,
  HandoffFailed,
  type HandoffFrame,
  type MoveOrder,
  type Outcome,
  type PlaceId,
  placeInWords,
  tooLarge,
  toWireError,
} from "@process-hub/protocol";
import { envelopeFrame } from "../mail/index.js";
import { recentRecipients } from "./last-recipients.js";
import type { Runner } from "./runner.js";
import { snapshotBytes } from "./snapshot-bytes.js";

type Step = "reserve" | "seal" | "settle" | "transfer" | "load" | "commit";

/** One actor on its way out. */
interface Departure {
  readonly cell: Cell;
  /** The epoch it will have at the target. */
  readonly epoch: Epoch;
  readonly to: PlaceId;
  readonly saga: string;
  readonly order: MoveOrder;
  sealedAtMs: number;
  /** Its actor is to end. */
  recalled: boolean;
  /** It was committed: the target may run it. */
  clearCurrent: boolean;
  /** Settles the step that waits for the target: with nothing when it went well, with the error when not. */
  answer: ((error?: Error) => void) | undefined;
  readonly concluded: Promise<void>;
  readonly conclude: () => void;
}

/** One that has been packed. */
interface Leaving {
  readonly departure: Departure;
  readonly snapshot: ActorSnapshot;
  readonly bytes: number;
}

const toEnd = "the actor is to end";
const mayNotServe = "this node may not serve now, and others may have gone on without it";

/** Parcels go together up to this; a larger one goes alone. */
const transferBytes = 128 * 1024;

/**
 * The source's side of a handoff: reserve, seal, settle, transfer, commit, forward.
 * Until it commits, every failure leaves the actor here; what the target has loaded runs only after the commit.
 * So a late or missing answer needs no verdict: the source takes the actor back and tells the target to forget it.
 */
export class HandoffSource {
  readonly #runner: Runner;
  readonly #departures = new Map<ActorId, Departure>();
  readonly #reserving = new Map<string, (outcomes: readonly Outcome[]) => void>();
  #snapshots: Leaving[] = [];
  #commits: Departure[] = [];
  #batches = 0;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Moves actors to a place, a batch at a time. Each has its own outcome; never rejects. One that is on its way out goes on from where that ends. */
  async move(order: MoveOrder): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const onTheWay = order.ids.filter((id) => this.#departures.has(id));
    const ready = onTheWay.length === 0 ? order.ids : order.ids.filter((id) => !this.#departures.has(id));
    for (let i = 0; i < ready.length; i += order.batchSize)
      outcomes.push(...(await this.#moveBatch(ready.slice(i, i + order.batchSize), order)));
    const later = onTheWay.map(async (id) => {
      for (let moves = this.concluded(id); moves !== undefined; moves = this.concluded(id)) await moves;
      return this.#moveBatch([id], order);
    });
    return outcomes.concat(...(await Promise.all(later)));
  }

  /** Resolves when the actor is not on its way out (any more). */
  concluded(id: ActorId): Promise<void> | undefined {
    return this.#departures.get(id)?.concluded;
  }

  /**
   * A cell is to end: its move is given up, unless it was let go; then it ends at its new place. Undefined when it can be stopped now, and is to
   * be; else resolves when it is not on its way any more. It handles nothing in between.
   */
  recall(cell: Cell): Promise<void> | undefined {
    const departure = this.#departures.get(cell.id);
    if (departure?.cell !== cell) return undefined;
    departure.recalled = true;
    if (!departure.clearCurrent && departure.sealedAtMs > 0) departure.answer?.(new Error(toEnd));
    return departure.clearCurrent || cell.phase === "sent" ? departure.concluded : undefined;
  }

  receive(frame: Extract<HandoffFrame, { type: "reserved" | "loaded" | "running" }>): void {
    if (frame.type === "reserved") {
      this.#reserving.get(frame.saga)?.(frame.outcomes);
      return;
    }
    const answers: readonly Outcome[] = frame.type === "loaded" ? frame.outcomes : frame.actors;
    for (const { id, epoch, error } of answers) {
      const departure = this.#departures.get(id);
      if (departure?.saga !== frame.saga || departure.epoch !== epoch) continue;
      departure.answer?.(error === undefined ? undefined : fromWireError(error));
    }
  }

  /** Places went down: what waits for an answer from there has its answer. */
  placeDown(): void {
    for (const { to, answer } of [...this.#departures.values()]) {
      if (this.#runner.mailer.isDown(to)) answer?.(new Error(`the target, ${placeInWords(to)}, went down`));
    }
  }

  async #moveBatch(ids: readonly ActorId[], order: MoveOrder): Promise<Outcome[]> {
    const saga = `${order.saga}.${this.#runner.place}.${++this.#batches}`;
    const outcomes: Outcome[] = [];
    const departures: Departure[] = [];
    for (const id of ids) {
      try {
        departures.push(this.#depart(saga, id, order));
      } catch (error) {
        outcomes.push({ id, epoch: 0, error: toWireError(error) });
      }
    }
    const refused = departures.length === 0 ? new Map<ActorId, Error>() : await this.#reserve(saga, departures, order.to);
    const leave = async (departure: Departure): Promise<void> => {
      const { cell, epoch } = departure;
      try {
        const no = refused.get(cell.id);
        if (no !== undefined) throw this.#failed("reserve", departure, no);
        await this.#leave(departure);
        outcomes.push({ id: cell.id, epoch });
      } catch (error) {
        outcomes.push({ id: cell.id, epoch: cell.epoch, error: toWireError(error) });
      } finally {
        this.#departures.delete(cell.id);
        departure.conclude();
      }
    };
    await Promise.all(departures.map(leave));
    return outcomes;
  }

  #depart(saga: string, id: ActorId, order: MoveOrder): Departure {
    const { to } = order;
    const { mailer, place, settings } = this.#runner;
    const cell = this.#runner.actor(id);
    if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on ${placeInWords(place)}`, { id });
    const step: Step = "reserve";
    const fields: ErrorFields = { id, step, from: place, to };
    if (to === place) throw new HandoffFailed(`actor ${id} is there already`, fields);
    if (this.#departures.has(id)) throw new HandoffFailed(`actor ${id} is being moved already`, fields);
    if (cell.phase !== "running") throw new HandoffFailed(`actor ${id} is ${cell.phase}; only a running actor moves`, fields);
    if (mailer.isDown(to)) throw new HandoffFailed(`the target, ${placeInWords(to)}, is down`, fields);
    if (mailer.forwardings.size + this.#departures.size >= settings.forwardings) {
      throw new HandoffFailed(
        `this thread still forwards for ${mailer.forwardings.size} actors that left, its limit; try again later`,
        fields,
      );
    }
    let conclude = (): void => {};
    const concluded = new Promise<void>((resolve) => {
      conclude = resolve;
    });
    const departure: Departure = {
      cell,
      epoch: cell.reserveEpoch(),
      to,
      saga,
      order,
      sealedAtMs: 0,
      recalled: false,
      clearCurrent: false,
      answer: undefined,
      concluded,
      conclude,
    };
    this.#departures.set(id, departure);
    return departure;
  }

  /** Resolves with those the target refuses; all of them when it does not answer. */
  #reserve(saga: string, departures: readonly Departure[], to: PlaceId): Promise<Map<ActorId, Error>> {
    const { mailer, clock, settings } = this.#runner;
    return new Promise((resolve) => {
      const finish = (refused: Map<ActorId, Error>): void => {
        timer.cancel();
        this.#reserving.delete(saga);
        for (const departure of departures) departure.answer = undefined;
        resolve(refused);
      };
      const all = (error: Error): Map<ActorId, Error> => new Map(departures.map(({ cell }) => [cell.id, error]));
      const timer = clock.setTimeout(() => {
        for (const departure of departures) this.#abort(departure);
        finish(all(new Error(`the target did not answer within ${settings.handoffTimeoutMs} ms`)));
      }, settings.handoffTimeoutMs);
      this.#reserving.set(saga, (outcomes) => {
        const refused = outcomes.filter(({ error }) => error !== undefined);
        finish(new Map(refused.map(({ id, error }) => [id, error === undefined ? new Error("refused") : fromWireError(error)])));
      });
      for (const departure of departures) departure.answer = (error) => error !== undefined && finish(all(error));
      const actors = departures.map(({ cell, epoch }) => ({ id: cell.id, epoch, actor: cell.spec.actor }));
      mailer.send(to, { type: "reserve", saga, actors }, actors.length * 48);
    });
  }

  async #leave(departure: Departure): Promise<void> {
    const { cell } = departure;
    let step: Step = "seal";
    try {
      departure.sealedAtMs = this.#runner.clock.now();
      if (!(await cell.seal(this.#runner.settings.handoffTimeoutMs)))
        throw new Error(departure.recalled ? toEnd : `its handler of ${cell.inHand?.name ?? "start"} did not end in time`);
      step = "settle";
      await this.#settle(departure, recentRecipients(this.#runner, cell));
      step = "transfer";
      const leaving = this.#leaving(departure, await this.#pack(departure));
      step = "load";
      this.#assertGoes(departure);
      await this.#answered(departure, () => this.#transfer(leaving), departure.order.retentionMs);
      this.#assertGoes(departure);
      departure.clearCurrent = true;
    } catch (error) {
      this.#abort(departure);
      this.#takeBack(departure);
      throw this.#failed(step, departure, error);
    }
    try {
      await this.#answered(departure, () => this.#commit(departure));
    } catch (error) {
      throw this.#failed("commit", departure, error);
    }
    this.#runner.most("longestPauseMs", this.#runner.clock.now() - departure.sealedAtMs);
  }

  #settle(departure: Departure, ids: readonly ActorId[]): Promise<void> {
    if (ids.length === 0) return Promise.resolve();
    const { routes } = this.#runner.mailer;
    let settled = (): void => {};
    return this.#answered(departure, (done) => {
      settled = done;
      routes.settle(ids, settled);
    }).catch((error: unknown) => {
      routes.unsettle(settled);
      throw error;
    });
  }

  /** Begins something that ends with the departure's answer, or rejects at the deadline: of a handoff's step, or an earlier one. */
  #answered(departure: Departure, begin: (done: () => void) => void, atMostMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { clock, settings } = this.#runner;
    const withinMs = Math.min(settings.handoffTimeoutMs, atMostMs);
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => departure.answer?.(new Error(`no answer within ${withinMs} ms`)), withinMs);
      const answer = (error?: Error): void => {
        timer.cancel();
        departure.answer = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      departure.answer = answer;
      begin(() => answer());
    });
  }

  /**
   * Between two steps nothing waits for the target: the news that it went down, or that the actor is to end, would find no one. And what
   * others may run by now, since this node slept past its lease, must not begin to run at a node that did not.
   */
  #assertGoes({ to, recalled }: Departure): void {
    const { mailer } = this.#runner;
    if (recalled) throw new Error(toEnd);
    if (mailer.isDown(to)) throw new Error(`the target, ${placeInWords(to)}, went down`);
    if (mailer.isFenced) throw new Error(mayNotServe);
  }

  /** The state as it travels; a `prepare` that does not end is given up at the deadline. */
  async #pack(departure: Departure): Promise<Uint8Array> {
    let state: Uint8Array = new Uint8Array();
    await this.#answered(departure, (done) => {
      departure.cell.pack().then(
        (packed) => {
          state = packed;
          done();
        },
        (error: Error) => departure.answer?.(error),
      );
    });
    return state;
  }

  /** All that travels with the actor. Throws when that is too large: it could never arrive. */
  #leaving(departure: Departure, state: Uint8Array): Leaving {
    const { cell, epoch, sealedAtMs } = departure;
    const { place, clock, settings } = this.#runner;
    const nowMs = clock.now();
    const mailbox = [...cell.mailbox].map((envelope) => envelopeFrame(envelope, place, nowMs, envelope.sentEpoch));
    const timers = cell.frozenTimers.map((timer) => ({ ...timer }));
    const snapshot: ActorSnapshot = { spec: cell.spec, epoch, state, mailbox, timers, bornAtMs: cell.bornAtMs, sealedAtMs };
    const { messageBytes } = settings;
    const bytes = snapshotBytes(snapshot) + (messageBytes === undefined ? 0 : encode(cell.spec).byteLength);
    if (messageBytes !== undefined && bytes > messageBytes)
      throw new Error(tooLarge("its state, with its mailbox and timers,", bytes, messageBytes));
    return { departure, snapshot, bytes };
  }

  #transfer(leaving: Leaving): void {
    if (this.#snapshots.length === 0) queueMicrotask(() => this.#sendSnapshots());
    this.#snapshots.push(leaving);
  }

  #sendSnapshots(): void {
    const snapshots = this.#snapshots;
    this.#snapshots = [];
    for (const batch of grouped(snapshots, ({ departure }) => departure.saga)) {
      for (let i = 0; i < batch.length; ) {
        const part: ActorSnapshot[] = [];
        let bytes = 0;
        for (; i < batch.length; i++) {
          const next = batch[i] as Leaving;
          if (part.length > 0 && bytes + next.bytes > transferBytes) break;
          part.push(next.snapshot);
          bytes += next.bytes;
        }
        const { saga, to } = (batch[0] as (typeof batch)[number]).departure;
        this.#runner.mailer.send(to, { type: "transfer", saga, snapshots: part }, bytes);
      }
    }
  }

  #commit(departure: Departure): void {
    if (this.#commits.length === 0) queueMicrotask(() => this.#sendCommits());
    this.#commits.push(departure);
  }

  /**
   * The point of no return: the target may run them, and what arrived meanwhile follows. The registry hears it first:
   * should this thread die between the two, no one else starts what the target may have begun to run.
   */
  #sendCommits(): void {
    const commits = this.#commits;
    this.#commits = [];
    const { mailer, cells, main } = this.#runner;
    const actors = commits.map(({ cell, epoch, to }) => ({ id: cell.id, epoch, place: to }));
    mailer.send(main, { type: "departed", actors }, actors.length * 64);
    mailer.outboxes.flush();
    // What waited in the mailboxes travelled with the snapshots, and changes hands with the commit: a link or a thread that dies with it
    // counts them as lost.
    for (const batch of grouped(commits, ({ saga }) => saga)) {
      const { saga, to } = batch[0] as Departure;
      const clearCurrent = batch.map(({ cell, epoch }) => ({ id: cell.id, epoch, envelopes: cell.envelopes }));
      const envelopes = clearCurrent.reduce((sum, actor) => sum + actor.envelopes, 0);
      mailer.send(to, { type: "commit", saga, actors: clearCurrent }, batch.length * 64, envelopes);
    }
    for (const { cell, epoch, to, order, answer } of commits) {
      const { moved, arrivals } = cell.depart();
      if (cells.get(cell.id) === cell) cells.delete(cell.id);
      this.#runner.streams.ended(cell);
      mailer.forward(cell.id, cell.epoch, to, epoch);
      this.#runner.add("moveInFlight", moved.length);
      this.#runner.count("movedOut");
      for (const envelope of moved) mailer.taken(envelope);
      mailer.deliverAll(arrivals);
      if (order.confirm === false) answer?.();
    }
  }

  #abort({ cell, epoch, to, saga }: Departure): void {
    if (!this.#runner.mailer.isDown(to)) this.#runner.mailer.send(to, { type: "abort", saga, actors: [{ id: cell.id, epoch }] });
  }

  /** The actor goes on here under a later epoch: above that of another copy, which is to end. */
  async renumber(id: ActorId, epoch: Epoch): Promise<void> {
    const departure = this.#departures.get(id);
    // A move from a node that may not serve comes to nothing: it must not keep the actor from its epoch until the node does.
    if (departure?.clearCurrent === false && this.#runner.mailer.isFenced) departure.answer?.(new Error(mayNotServe));
    for (let moves = this.concluded(id); moves !== undefined; moves = this.concluded(id)) await moves;
    const cell = this.#runner.actor(id);
    if (cell === undefined || cell.usedEpoch >= epoch || cell.phase !== "running") return;
    this.#goOn(cell, epoch);
  }

  /** The actor goes on here, under an epoch that no one has had; or waits for its end. */
  #takeBack({ cell, recalled }: Departure): void {
    if (recalled) cell.unpack();
    else if (cell.phase === "sealed" || cell.phase === "sent") this.#goOn(cell, cell.reserveEpoch());
  }

  /** Mail for the old epoch finds it by a forwarding entry. */
  #goOn(cell: Cell, epoch: Epoch): void {
    const { mailer, main, place } = this.#runner;
    const before = cell.epoch;
    cell.unseal(epoch);
    mailer.forward(cell.id, before, place, epoch);
    mailer.send(main, { type: "renumbered", actors: [{ id: cell.id, epoch }] });
  }

  #failed(step: Step, { cell, to }: Departure, cause: unknown): HandoffFailed {
    const text = cause instanceof Error ? cause.message : String(cause);
    const fields = { id: cell.id, step, from: this.#runner.place, to };
    const outcome = step === "commit" ? "it was handed over, and its new place did not confirm" : "it goes on where it was";
    return new HandoffFailed(`the move of actor ${cell.id} ended at the step ${step}: ${text}; ${outcome}`, fields, cause);
  }
}

function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
