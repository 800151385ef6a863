import { type Envelope, type Mail, wasTakenBack } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  ActorStopped,
  type ChildSpec,
  type Epoch,
  type ErrorFields,
  fromWireError,
  HandoffFailed,
  type HandoffFrame,
  type HubError,
  type MoveOrder,
  nodeLifeOf,
  nodeOf,
  type Outcome,
  type PlaceId,
  placeInWords,
  type ReplicaState,
  type Timer,
  TurnBatch,
  toWireError,
} from "@process-hub/protocol";
import { Departure, type Leaver } from "./departure.js";
import { DepartureRoom } from "./departure-room.js";
import { groupedBy } from "./grouped-by.js";
import { MoveConsent } from "./move-consent.js";
import { Reservations } from "./reservations.js";
import { SnapshotOutbox } from "./snapshot-outbox.js";
import type { ThreadContext } from "./thread-context.js";

type Step = "reserve" | "seal" | "settle" | "transfer" | "load" | "commit";

/** The mail of the thread, as far as a source uses it. */
interface SourceMail {
  readonly isFenced: boolean;
  readonly forwardings: { readonly size: number; onEnded(ended: () => void): void };
  readonly routes: {
    settle(ids: readonly ActorId[], settled: () => void): void;
    unsettle(settled: () => void): void;
    takeUnsent(sender: ActorId, settled: () => void): readonly Envelope[];
    send(envelope: Envelope): boolean;
  };
  readonly outboxes: { flush(): void };
  forward(id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch): void;
  taken(envelope: Envelope): void;
  deliverAll(mail: Iterable<Mail>): void;
  wentOn(envelope: Envelope, to: PlaceId, nextEpoch: Epoch): void;
}

/** The ports of a handoff source, beside the thread's context. */
interface HandoffSourcePorts {
  readonly mail: SourceMail;
  /** The cell of an actor itself, not of its active replica. */
  readonly actor: (id: ActorId) => Leaver | undefined;
  /** The actors that messages of this one may still be on their way to. */
  readonly recipients: { of(cell: Leaver): readonly ActorId[] };
  /** The cell is not here any more. */
  left(cell: Leaver, to: PlaceId, epoch: Epoch): void;
  /** Resolves when all that the actor has sent has left; undefined when nothing of it is held. */
  readonly cleared?: ((cell: Leaver) => Promise<void> | undefined) | undefined;
  readonly passiveReplicas: { keep(spec: ChildSpec, active: PlaceId, state: ReplicaState): void };
}

/** What the orders of one move have under way to one place, and those that wait to go on. */
interface Lane {
  orders: number;
  underWay: number;
  readonly waiting: (() => void)[];
}

/** How many tries a message has to get a place for its actor, before it goes along with its sender. */
const unsentTries = 2;

const toEnd = "the actor is to end";
const mayNotServe = "this node may not serve now, and others may have gone on without it";

/**
 * The source's side of a handoff: reserve, seal, settle, transfer, commit, forward.
 * Until it commits, every failure leaves the actor here; what the target has loaded runs only after the commit.
 * So a late or missing answer needs no verdict: the source takes the actor back and tells the target to forget it.
 * Without that order a move that fails could leave its actor at two places, or at none.
 */
export class HandoffSource {
  readonly #context: ThreadContext;
  readonly #ports: HandoffSourcePorts;
  readonly #departures = new Map<ActorId, Departure>();
  readonly #reservations: Reservations;
  readonly #snapshots: SnapshotOutbox;
  readonly #room: DepartureRoom;
  readonly #consent: MoveConsent;
  readonly #commits = new TurnBatch<Departure>((commits) => this.#sendCommits(commits));
  /** The actors that go on here under another epoch since this turn began. */
  readonly #renumbered = new TurnBatch<{ readonly id: ActorId; readonly epoch: Epoch }>((actors) =>
    this.#context.tellMain({ type: "renumbered", actors: [...actors] }, actors.length * 64),
  );
  /** The nodes that are about to leave. */
  readonly #leavers = new Set<string>();
  readonly #lanes = new Map<string, Lane>();
  #batches = 0;

  constructor(context: ThreadContext, ports: HandoffSourcePorts) {
    this.#context = context;
    this.#ports = ports;
    this.#reservations = new Reservations(context, (departure) => this.#abort(departure));
    this.#snapshots = new SnapshotOutbox(context);
    this.#consent = new MoveConsent(context);
    const { clock, settings } = context;
    const { forwardings } = ports.mail;
    const used = (): number => forwardings.size + this.#departures.size;
    this.#room = new DepartureRoom({ clock, limit: settings.forwardings, waitMs: settings.handoffTimeoutMs, used });
    forwardings.onEnded(() => this.#room.changed());
  }

  /** Moves actors to a place, a batch at a time. Each has its own outcome; never rejects. One that is on its way out goes on from where that ends. */
  async move(order: MoveOrder): Promise<Outcome[]> {
    const onTheWay: ActorId[] = [];
    const ready: ActorId[] = [];
    const asked: Promise<Outcome[]>[] = [];
    for (const id of order.ids) {
      if (this.#departures.has(id)) onTheWay.push(id);
      else {
        const deferMs = this.#askIfItSuits(id, order);
        if (deferMs === 0) ready.push(id);
        else
          asked.push(
            Promise.resolve(deferMs).then((ms) => (ms === 0 ? this.#inBatches([id], order) : [this.#deferred(id, order, ms)])),
          );
      }
    }
    const first = this.#inBatches(ready, order);
    const later = onTheWay.map(async (id) => {
      for (let moves = this.concluded(id); moves !== undefined; moves = this.concluded(id)) await moves;
      return this.#inBatches([id], order);
    });
    return [...(await first), ...(await Promise.all([...later, ...asked])).flat()];
  }

  #askIfItSuits(id: ActorId, order: MoveOrder): number | Promise<number> {
    const cell = order.why === undefined ? undefined : this.#ports.actor(id);
    return cell === undefined ? 0 : this.#consent.ask(cell, order);
  }

  #deferred(id: ActorId, { to }: MoveOrder, deferMs: number): Outcome {
    const fields = { id, step: "consent", from: this.#context.place, to, deferMs };
    const text = `actor ${id} asked to move ${Math.round(deferMs)} ms later; it goes on where it was`;
    return { id, epoch: this.#ports.actor(id)?.epoch ?? 0, error: toWireError(new HandoffFailed(text, fields)) };
  }

  /**
   * As many are under way at a time as a batch is large: one whose handler takes long does not keep the next batches. They wait for room to
   * forward for them; when there is none for the time of a step, the rest stays. A node that leaves has room for all: it takes no more actors, so
   * it keeps an entry for each that it has, at most, and they end with it.
   */
  async #inBatches(ids: readonly ActorId[], order: MoveOrder): Promise<Outcome[]> {
    const name = `${order.lane ?? order.saga} ${order.to}`;
    const lane = this.#lanes.get(name) ?? { orders: 0, underWay: 0, waiting: [] };
    this.#lanes.set(name, lane);
    lane.orders++;
    try {
      return await this.#along(lane, ids, order);
    } finally {
      if (--lane.orders === 0) this.#lanes.delete(name);
    }
  }

  async #along(lane: Lane, ids: readonly ActorId[], order: MoveOrder): Promise<Outcome[]> {
    const batches: Promise<Outcome[]>[] = [];
    const over = (): void => {
      if (--lane.underWay < order.batchSize) lane.waiting.shift()?.();
    };
    for (let i = 0; i < ids.length; ) {
      while (lane.underWay >= order.batchSize) await new Promise<void>((resolve) => void lane.waiting.push(resolve));
      const most = Math.min(order.batchSize, ids.length - i);
      const keeping = order.leaves === true ? most : this.#keepRoom(most, order.to);
      const kept = typeof keeping === "number" ? keeping : await keeping;
      const size = kept === 0 ? ids.length - i : kept;
      lane.underWay += size;
      batches.push(this.#moveBatch(ids.slice(i, i + size), order, over, kept === 0));
      if (order.leaves !== true) this.#room.release(kept);
      i += size;
    }
    return (await Promise.all(batches)).flat();
  }

  /** Room for actors to go to a place; none is waited for towards one where they cannot go. */
  #keepRoom(most: number, to: PlaceId): number | Promise<number> {
    return this.#isOver(to) ? 0 : this.#room.keep(most, to);
  }

  #isOver(to: PlaceId): boolean {
    return this.#context.isDown(to) || this.#leavers.has(nodeLifeOf(to));
  }

  /** Resolves when the actor is not on its way out (any more). */
  concluded(id: ActorId): Promise<void> | undefined {
    return this.#departures.get(id)?.concluded;
  }

  /**
   * A cell is to end: its move is given up, unless it was committed; then it ends at its new place. Undefined when it can be stopped now, and is to
   * be; else resolves when it is not on its way any more. It handles nothing in between.
   */
  recall(cell: Pick<Leaver, "id" | "phase">): Promise<void> | undefined {
    const departure = this.#departures.get(cell.id);
    if (departure?.cell !== cell) return undefined;
    departure.recalled = true;
    if (!departure.committed && departure.sealedAtMs > 0) departure.answer?.(new Error(toEnd));
    return departure.committed || cell.phase === "sent" ? departure.concluded : undefined;
  }

  /** Acts on an answer of a target. One to a step that is over means nothing. */
  receive(frame: Extract<HandoffFrame, { type: "reserved" | "loaded" | "running" }>): void {
    if (frame.type === "reserved") {
      this.#reservations.receive(frame);
      return;
    }
    const answers: readonly Outcome[] = frame.type === "loaded" ? frame.outcomes : frame.actors;
    for (const { id, epoch, error } of answers) {
      const departure = this.#departures.get(id);
      if (departure?.saga !== frame.saga || departure.epoch !== epoch) {
        this.#context.checks.mark("lateHandoffAnswer");
        continue;
      }
      departure.answer?.(error === undefined ? undefined : fromWireError(error));
    }
  }

  /** Places went down: what waits for an answer from there has its answer. */
  placeDown(): void {
    for (const node of this.#leavers) if (this.#context.isDown(node)) this.#leavers.delete(node);
    this.#room.giveUp((to) => this.#isOver(to));
    for (const { to, answer } of [...this.#departures.values()]) {
      if (this.#context.isDown(to)) answer?.(new Error(`the target, ${placeInWords(to)}, went down`));
    }
  }

  /** A node (`node@incarnation`) is about to leave: no actor goes there that has not gone yet. */
  leaving(node: string): void {
    this.#leavers.add(node);
    this.#room.giveUp((to) => this.#isOver(to));
    for (const { to, committed, answer } of [...this.#departures.values()])
      if (!committed && nodeLifeOf(to) === node) answer?.(new Error(`the target, ${placeInWords(to)}, is about to leave`));
  }

  async #moveBatch(ids: readonly ActorId[], order: MoveOrder, over: () => void, isFull: boolean): Promise<Outcome[]> {
    const saga = `${order.saga}.${this.#context.place}.${++this.#batches}`;
    const outcomes: Outcome[] = [];
    const departures: Departure[] = [];
    for (const id of ids) {
      try {
        departures.push(this.#depart(saga, id, order, isFull));
      } catch (error) {
        outcomes.push({ id, epoch: 0, error: toWireError(error) });
        over();
      }
    }
    const nobody: ReadonlyMap<ActorId, Error> = new Map();
    const refused = departures.length === 0 ? nobody : await this.#reservations.reserve(saga, departures, order.to);
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
        this.#room.changed();
        departure.conclude();
        over();
      }
    };
    await Promise.all(departures.map(leave));
    return outcomes;
  }

  #depart(saga: string, id: ActorId, order: MoveOrder, isFull: boolean): Departure {
    const { to } = order;
    const { mail } = this.#ports;
    const { place, settings, isDown } = this.#context;
    const cell = this.#ports.actor(id);
    if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on ${placeInWords(place)}`, { id });
    const step: Step = "reserve";
    const fields: ErrorFields = { id, step, from: place, to };
    if (to === place) throw new HandoffFailed(`actor ${id} is there already`, fields);
    if (this.#departures.has(id)) throw new HandoffFailed(`actor ${id} is being moved already`, fields);
    if (cell.phase !== "running") throw new HandoffFailed(`actor ${id} is ${cell.phase}; only a running actor moves`, fields);
    if (isDown(to)) throw new HandoffFailed(`the target, ${placeInWords(to)}, is down`, fields);
    if (this.#leavers.has(nodeLifeOf(to))) throw new HandoffFailed(`the target, ${placeInWords(to)}, is about to leave`, fields);
    if (isFull) {
      throw new HandoffFailed(
        `this thread still forwards for ${mail.forwardings.size} actors that left, its limit, and had no room within ${settings.handoffTimeoutMs} ms; try again later`,
        fields,
      );
    }
    const departure = new Departure({ cell, epoch: cell.reserveEpoch(), saga, order });
    this.#departures.set(id, departure);
    return departure;
  }

  async #leave(departure: Departure): Promise<void> {
    const { cell } = departure;
    let step: Step = "seal";
    try {
      departure.sealedAtMs = this.#context.clock.now();
      await this.#seal(departure);
      step = "settle";
      await this.#clear(departure);
      await this.#settle(departure, this.#ports.recipients.of(cell));
      step = "transfer";
      departure.state = await this.#pack(departure);
      const packed = this.#snapshots.pack(departure, departure.state);
      step = "load";
      this.#assertGoes(departure);
      await this.#answered(departure, () => this.#snapshots.push(packed), departure.order.retentionMs);
      this.#assertGoes(departure);
      departure.committed = true;
    } catch (error) {
      this.#abort(departure);
      this.#takeBack(departure);
      throw this.#failed(step, departure, error);
    }
    try {
      await this.#answered(departure, () => this.#commits.add(departure));
    } catch (error) {
      throw this.#failed("commit", departure, error);
    }
    this.#context.counters.most("longestPauseMs", this.#context.clock.now() - departure.sealedAtMs);
  }

  /** Rejects at the deadline for the handler in hand, when the actor ends instead, and with whatever ends the move meanwhile. */
  async #seal(departure: Departure): Promise<void> {
    const { cell, order } = departure;
    const { handoffTimeoutMs } = this.#context.settings;
    const sealMs = Math.min(handoffTimeoutMs, order.sealMs ?? handoffTimeoutMs);
    let isOver = false;
    const begin = async (done: () => void): Promise<void> => {
      const isSealed = await cell.seal(sealMs, () => isOver);
      if (isOver) return;
      if (isSealed) done();
      else
        departure.answer?.(
          new Error(cell.phase === "sealed" ? `its handler of ${cell.inHand?.name ?? "start"} did not end in time` : toEnd),
        );
    };
    try {
      // The seal keeps its deadline itself: this one is there for what never answers.
      await departure.answered(this.#context.clock, sealMs * 2, (done) => void begin(done));
    } finally {
      isOver = true;
    }
  }

  /** Resolves when all that the actor sent has left: what its standbys must know first stays no longer than they take to. */
  async #clear(departure: Departure): Promise<void> {
    const cleared = this.#ports.cleared?.(departure.cell);
    if (cleared !== undefined) await this.#answered(departure, (done) => void cleared.then(done));
  }

  /**
   * Resolves when what the actor sent has arrived. What is still held for actors that have no place goes along with it; and from a node that
   * leaves it goes in any case.
   */
  async #settle(departure: Departure, ids: readonly ActorId[]): Promise<void> {
    if (ids.length === 0) return;
    const { cell, order } = departure;
    const { clock, checks, settings } = this.#context;
    const { routes } = this.#ports.mail;
    let untaken: Timer | undefined;
    let late: Timer | undefined;
    let settled = (): void => {};
    try {
      await this.#answered(departure, (done) => {
        settled = done;
        routes.settle(ids, settled);
        const take = (): void => {
          untaken = clock.setTimeout(take, settings.markerRetryMs * unsentTries);
          departure.unsent = [...departure.unsent, ...routes.takeUnsent(cell.id, settled)];
        };
        untaken = clock.setTimeout(take, settings.markerRetryMs * unsentTries);
        const go = (): void => {
          checks.mark("leftUnsettled");
          done();
        };
        if (order.leaves === true)
          late = clock.setTimeout(go, Math.min(order.sealMs ?? Number.POSITIVE_INFINITY, settings.handoffTimeoutMs / 2));
      });
    } finally {
      untaken?.cancel();
      late?.cancel();
      routes.unsettle(settled);
    }
  }

  /** Begins something that ends with the departure's answer, or rejects at the deadline: of a handoff's step, or an earlier one. */
  #answered(departure: Departure, begin: (done: () => void) => void, atMostMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { clock, settings } = this.#context;
    return departure.answered(clock, Math.min(settings.handoffTimeoutMs, atMostMs), begin);
  }

  /**
   * Between two steps nothing waits for the target: the news that it went down, or that the actor is to end, would find no one; nor does one
   * that ended with its thread. And what others may run by now, since this node slept past its lease, must not begin to run at a node that did
   * not.
   */
  #assertGoes({ to, recalled, cell }: Departure): void {
    if (recalled || cell.phase === "ended") throw new Error(toEnd);
    if (this.#context.isDown(to)) throw new Error(`the target, ${placeInWords(to)}, went down`);
    if (this.#ports.mail.isFenced) throw this.#fencedMove();
  }

  /** The state as it travels; a `prepare` that does not end is given up at the deadline, by its cell, which says what did not end. */
  async #pack(departure: Departure): Promise<Uint8Array> {
    const { clock, settings } = this.#context;
    let state: Uint8Array = new Uint8Array();
    let isOver = false;
    try {
      await departure.answered(clock, settings.handoffTimeoutMs * 2, (done) => {
        departure.cell
          .pack(settings.handoffTimeoutMs, () => isOver, departure.version)
          .then(
            (packed) => {
              state = packed;
              done();
            },
            (error: Error) => isOver || departure.answer?.(error),
          );
      });
    } finally {
      isOver = true;
    }
    return state;
  }

  /**
   * The point of no return: the target may run them, and the mail that arrived during the move follows. The registry hears it first:
   * should this thread die between the two, no one else starts what the target may have begun to run.
   */
  #sendCommits(commits: readonly Departure[]): void {
    const { mail } = this.#ports;
    const { cells, counters, send, tellMain } = this.#context;
    for (const departure of commits) this.#checkGoes(departure);
    const actors = commits.map(({ cell, epoch, to }) => ({ id: cell.id, epoch, place: to }));
    tellMain({ type: "departed", actors }, actors.length * 64);
    mail.outboxes.flush();
    // What waited in the mailboxes travelled with the snapshots, and changes hands with the commit: a link or a thread that dies with it
    // counts them as lost.
    for (const batch of groupedBy(commits, ({ saga }) => saga)) {
      const { saga, to } = batch[0];
      const committed = batch.map(({ cell, epoch, unsent }) => ({
        id: cell.id,
        epoch,
        envelopes: cell.envelopes + unsent.length,
      }));
      const envelopes = committed.reduce((sum, actor) => sum + actor.envelopes, 0);
      send(to, { type: "commit", saga, actors: committed }, batch.length * 64, envelopes);
    }
    for (const departure of commits) {
      const { cell, epoch, to, order, answer } = departure;
      const { moved, arrivals } = cell.depart();
      if (cells.get(cell.id) === cell) cells.delete(cell.id);
      this.#ports.left(cell, to, epoch);
      mail.forward(cell.id, cell.epoch, to, epoch);
      counters.add("moveInFlight", moved.length);
      counters.add("movedOut");
      for (const envelope of moved) {
        mail.taken(envelope);
        if (envelope.ask !== 0 && wasTakenBack(envelope)) mail.wentOn(envelope, to, epoch);
      }
      mail.deliverAll(arrivals);
      this.#keep(departure);
      if (order.confirm === false) answer?.();
    }
  }

  /** What an actor had that goes to another node is kept until its replicas there have it: the one at its target ends with its arrival. */
  #keep({ cell, epoch, to, state, ties }: Departure): void {
    if (state === undefined || !cell.watched || nodeOf(to) === this.#context.node) return;
    const timers = cell.frozenTimers.map((timer) => ({ ...timer }));
    const owed = cell.owedLeft();
    this.#ports.passiveReplicas.keep(cell.spec, to, {
      id: cell.id,
      epoch,
      sequence: 0,
      state,
      timers,
      ...(owed === undefined ? {} : { owed }),
      ...(ties === undefined ? {} : { ties }),
    });
  }

  #checkGoes({ cell, epoch, envelopes }: Departure): void {
    const { cells, checks } = this.#context;
    const detail = (): string => `${cell.id}, ${cell.phase}, epoch ${cell.epoch}, used ${cell.usedEpoch}, to have ${epoch}`;
    checks.invariant(cell.phase === "sent" && cells.get(cell.id) === cell, "only an actor that was sent is committed", detail);
    checks.invariant(
      cell.envelopes === envelopes,
      "its snapshot holds what waits in the mailbox of an actor that is let go",
      detail,
    );
    checks.invariant(
      epoch > cell.epoch && epoch === cell.usedEpoch,
      "an actor leaves under the last epoch that was reserved for it",
      detail,
    );
  }

  #abort({ cell, epoch, to, saga }: Departure): void {
    if (!this.#context.isDown(to)) this.#context.send(to, { type: "abort", saga, actors: [{ id: cell.id, epoch }] });
  }

  /** The actor goes on here under a later epoch: above that of a duplicate, which is to end. */
  async renumber(id: ActorId, epoch: Epoch): Promise<void> {
    const departure = this.#departures.get(id);
    // A move from a node that may not serve comes to nothing: it must not keep the actor from its epoch until the node does.
    if (departure?.committed === false && this.#ports.mail.isFenced) departure.answer?.(this.#fencedMove());
    for (let moves = this.concluded(id); moves !== undefined; moves = this.concluded(id)) await moves;
    const cell = this.#ports.actor(id);
    if (cell === undefined || cell.usedEpoch >= epoch || cell.phase !== "running") return;
    this.#goOn(cell, epoch);
  }

  /** The actor goes on here, under an epoch that no one has had; or waits for its end. What was to go along waits here again. */
  #takeBack({ cell, recalled, unsent }: Departure): void {
    for (const envelope of unsent) this.#ports.mail.routes.send(envelope);
    if (recalled) cell.unpack();
    else if (cell.phase === "sealed" || cell.phase === "sent") this.#goOn(cell, cell.reserveEpoch());
  }

  /** Mail for the old epoch finds it by a forwarding entry. */
  #goOn(cell: Leaver, epoch: Epoch): void {
    const { place } = this.#context;
    const before = cell.epoch;
    cell.unseal(epoch);
    this.#ports.mail.forward(cell.id, before, place, epoch);
    this.#renumbered.add({ id: cell.id, epoch });
  }

  #fencedMove(): Error {
    this.#context.checks.mark("fencedMove");
    return new Error(mayNotServe);
  }

  #failed(step: Step, { cell, to, recalled }: Departure, cause: unknown): HubError {
    const { id } = cell;
    const fields = { id, step, from: this.#context.place, to };
    const isOver = step !== "commit" && (cell.isEnding || cell.phase === "ended");
    if (isOver) return new ActorStopped(`actor ${id} ended (${cell.stopReason ?? "gone"}) before it could move`, fields);
    const text = cause instanceof Error ? cause.message : String(cause);
    const here = recalled ? "it ends where it was" : "it goes on where it was";
    const outcome = step === "commit" ? "it was handed over, and its new place did not confirm" : here;
    return new HandoffFailed(`the move of actor ${id} ended at the step ${step}: ${text}; ${outcome}`, fields, cause);
  }
}
