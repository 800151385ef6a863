import type { Envelope, Mail } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  type Epoch,
  type ErrorFields,
  fromWireError,
  HandoffFailed,
  type HandoffFrame,
  type MoveOrder,
  type Outcome,
  type PlaceId,
  placeInWords,
  TurnBatch,
  toWireError,
} from "@process-hub/protocol";
import { Departure, type Leaver } from "./departure.js";
import { groupedBy } from "./grouped-by.js";
import { Reservations } from "./reservations.js";
import { SnapshotOutbox } from "./snapshot-outbox.js";
import type { ThreadContext } from "./thread-context.js";

type Step = "reserve" | "seal" | "settle" | "transfer" | "load" | "commit";

/** The mail of the thread, as far as a source uses it. */
interface SourceMail {
  readonly isFenced: boolean;
  readonly forwardings: { readonly size: number };
  readonly routes: { settle(ids: readonly ActorId[], settled: () => void): void; unsettle(settled: () => void): void };
  readonly outboxes: { flush(): void };
  forward(id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch): void;
  taken(envelope: Envelope): void;
  deliverAll(mail: Iterable<Mail>): void;
}

/** The ports of a handoff source, beside the thread's context. */
interface HandoffSourcePorts {
  readonly mail: SourceMail;
  /** The cell of an actor itself, not of its active replica. */
  readonly actor: (id: ActorId) => Leaver | undefined;
  /** The actors that messages of this one may still be on their way to. */
  readonly recipients: { of(cell: Leaver): readonly ActorId[] };
  /** The cell is not here any more. */
  left(cell: Leaver): void;
}

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
  readonly #commits = new TurnBatch<Departure>((commits) => this.#sendCommits(commits));
  #batches = 0;

  constructor(context: ThreadContext, ports: HandoffSourcePorts) {
    this.#context = context;
    this.#ports = ports;
    this.#reservations = new Reservations(context, (departure) => this.#abort(departure));
    this.#snapshots = new SnapshotOutbox(context);
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
    for (const { to, answer } of [...this.#departures.values()]) {
      if (this.#context.isDown(to)) answer?.(new Error(`the target, ${placeInWords(to)}, went down`));
    }
  }

  async #moveBatch(ids: readonly ActorId[], order: MoveOrder): Promise<Outcome[]> {
    const saga = `${order.saga}.${this.#context.place}.${++this.#batches}`;
    const outcomes: Outcome[] = [];
    const departures: Departure[] = [];
    for (const id of ids) {
      try {
        departures.push(this.#depart(saga, id, order));
      } catch (error) {
        outcomes.push({ id, epoch: 0, error: toWireError(error) });
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
        departure.conclude();
      }
    };
    await Promise.all(departures.map(leave));
    return outcomes;
  }

  #depart(saga: string, id: ActorId, order: MoveOrder): Departure {
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
    if (mail.forwardings.size + this.#departures.size >= settings.forwardings) {
      throw new HandoffFailed(
        `this thread still forwards for ${mail.forwardings.size} actors that left, its limit; try again later`,
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
      if (!(await cell.seal(this.#context.settings.handoffTimeoutMs)))
        throw new Error(departure.recalled ? toEnd : `its handler of ${cell.inHand?.name ?? "start"} did not end in time`);
      step = "settle";
      await this.#settle(departure, this.#ports.recipients.of(cell));
      step = "transfer";
      const packed = this.#snapshots.pack(departure, await this.#pack(departure));
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

  #settle(departure: Departure, ids: readonly ActorId[]): Promise<void> {
    if (ids.length === 0) return Promise.resolve();
    const { routes } = this.#ports.mail;
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
    const { clock, settings } = this.#context;
    return departure.answered(clock, Math.min(settings.handoffTimeoutMs, atMostMs), begin);
  }

  /**
   * Between two steps nothing waits for the target: the news that it went down, or that the actor is to end, would find no one. And what
   * others may run by now, since this node slept past its lease, must not begin to run at a node that did not.
   */
  #assertGoes({ to, recalled }: Departure): void {
    if (recalled) throw new Error(toEnd);
    if (this.#context.isDown(to)) throw new Error(`the target, ${placeInWords(to)}, went down`);
    if (this.#ports.mail.isFenced) throw this.#fencedMove();
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
      const committed = batch.map(({ cell, epoch }) => ({ id: cell.id, epoch, envelopes: cell.envelopes }));
      const envelopes = committed.reduce((sum, actor) => sum + actor.envelopes, 0);
      send(to, { type: "commit", saga, actors: committed }, batch.length * 64, envelopes);
    }
    for (const { cell, epoch, to, order, answer } of commits) {
      const { moved, arrivals } = cell.depart();
      if (cells.get(cell.id) === cell) cells.delete(cell.id);
      this.#ports.left(cell);
      mail.forward(cell.id, cell.epoch, to, epoch);
      counters.add("moveInFlight", moved.length);
      counters.add("movedOut");
      for (const envelope of moved) mail.taken(envelope);
      mail.deliverAll(arrivals);
      if (order.confirm === false) answer?.();
    }
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

  /** The actor goes on here, under an epoch that no one has had; or waits for its end. */
  #takeBack({ cell, recalled }: Departure): void {
    if (recalled) cell.unpack();
    else if (cell.phase === "sealed" || cell.phase === "sent") this.#goOn(cell, cell.reserveEpoch());
  }

  /** Mail for the old epoch finds it by a forwarding entry. */
  #goOn(cell: Leaver, epoch: Epoch): void {
    const { place, tellMain } = this.#context;
    const before = cell.epoch;
    cell.unseal(epoch);
    this.#ports.mail.forward(cell.id, before, place, epoch);
    tellMain({ type: "renumbered", actors: [{ id: cell.id, epoch }] });
  }

  #fencedMove(): Error {
    this.#context.checks.mark("fencedMove");
    return new Error(mayNotServe);
  }

  #failed(step: Step, { cell, to }: Departure, cause: unknown): HandoffFailed {
    const text = cause instanceof Error ? cause.message : String(cause);
    const fields = { id: cell.id, step, from: this.#context.place, to };
    const outcome = step === "commit" ? "it was handed over, and its new place did not confirm" : "it goes on where it was";
    return new HandoffFailed(`the move of actor ${cell.id} ended at the step ${step}: ${text}; ${outcome}`, fields, cause);
  }
}
