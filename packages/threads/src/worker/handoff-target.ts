import { Cell } from "@process-hub/actor";
import {
  type ActorId,
  type ActorSnapshot,
  type Epoch,
  HandoffFailed,
  type HandoffFrame,
  nodeOf,
  type Outcome,
  type PlaceId,
  placeInWords,
  toWireError,
} from "@process-hub/protocol";
import { envelopeFrom } from "../mail/index.js";
import type { Runner } from "./runner.js";

/** One actor that is to come, or has come and waits for the source's word. */
interface Arrival {
  readonly saga: string;
  readonly from: PlaceId;
  readonly epoch: Epoch;
  cell: Cell | undefined;
}

type Frame = Extract<HandoffFrame, { type: "reserve" | "transfer" | "commit" | "abort" }>;

/** The target's side of a handoff: reserves, loads, and runs an actor when its source has let go. */
export class HandoffTarget {
  readonly #runner: Runner;
  readonly #arrivals = new Map<ActorId, Arrival>();
  #loaded = new Map<string, { readonly to: PlaceId; readonly outcomes: Outcome[] }>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  receive(frame: Frame, from: PlaceId): void {
    switch (frame.type) {
      case "reserve": {
        const outcomes = frame.actors.map(({ id, epoch, actor }) =>
          outcome(id, epoch, () => this.#reserve(frame.saga, from, id, epoch, actor)),
        );
        this.#runner.mailer.send(from, { type: "reserved", saga: frame.saga, outcomes });
        break;
      }
      case "transfer":
        for (const snapshot of frame.snapshots) void this.#load(frame.saga, from, snapshot);
        break;
      case "commit":
        this.#commit(frame.saga, from, frame.actors);
        break;
      case "abort":
        for (const { id, epoch } of frame.actors) {
          const arrival = this.#arrivals.get(id);
          if (arrival?.saga === frame.saga && arrival.epoch === epoch) this.#forget(id, arrival);
        }
        break;
      default:
        frame satisfies never;
    }
  }

  /**
   * Sources went down: what they had not let go is theirs to restart. Their last act may have been to say that it is here
   * (see `HandoffSource`): so it is reported lost, which means nothing to a registry that never heard so.
   */
  placeDown(): void {
    for (const [id, arrival] of [...this.#arrivals]) {
      if (!this.#runner.mailer.isDown(arrival.from)) continue;
      this.#forget(id, arrival);
      if (arrival.cell !== undefined)
        this.#lost(id, arrival.epoch, `its source, ${placeInWords(arrival.from)}, ended before it let go`);
    }
  }

  #reserve(saga: string, from: PlaceId, id: ActorId, epoch: Epoch, actor: string): void {
    this.#runner.starts.behaviour(actor);
    if ((this.#runner.cells.has(id) && !this.#runner.serving.has(id)) || this.#arrivals.has(id)) {
      throw new HandoffFailed(`${placeInWords(this.#runner.place)} already has, or awaits, an actor ${id}`, {
        id,
        step: "reserve",
      });
    }
    this.#arrivals.set(id, { saga, from, epoch, cell: undefined });
  }

  async #load(saga: string, from: PlaceId, snapshot: ActorSnapshot): Promise<void> {
    const { clock, cells, place, settings } = this.#runner;
    const { id } = snapshot.spec;
    const arrival = this.#arrivals.get(id);
    let late: Error | undefined;
    const timer = clock.setTimeout(() => {
      late = new HandoffFailed(`actor ${id} was not restored within ${settings.handoffTimeoutMs} ms`, { id, step: "load" });
      if (arrival !== undefined) this.#forget(id, arrival);
      this.#answer(saga, from, { id, epoch: snapshot.epoch, error: toWireError(late) });
    }, settings.handoffTimeoutMs);
    try {
      if (arrival?.saga !== saga || arrival.epoch !== snapshot.epoch || arrival.cell !== undefined) {
        throw new HandoffFailed(`no place is reserved for actor ${id} under epoch ${snapshot.epoch}`, { id, step: "load" });
      }
      const { spec, epoch, bornAtMs } = snapshot;
      if (this.#runner.serving.has(id)) await this.#replace(id);
      const birth = { spec, epoch, mode: "active" as const, bornAtMs, watched: settings.standby === true };
      const cell = new Cell(this.#runner, this.#runner.starts.behaviour(spec.actor), birth);
      const nowMs = clock.now();
      const envelopes = snapshot.mailbox.map((frame) => ({ ...envelopeFrom(frame, from, nowMs), epoch, via: null }));
      await cell.load(snapshot.state, envelopes, snapshot.timers);
      if (late !== undefined || this.#arrivals.get(id) !== arrival) return;
      if (cells.has(id))
        throw new HandoffFailed(`an actor ${id} was started on ${placeInWords(place)} meanwhile`, { id, step: "load" });
      arrival.cell = cell;
      cells.set(id, cell);
      this.#answer(saga, from, { id, epoch });
    } catch (error) {
      if (late !== undefined) return;
      if (arrival?.saga === saga) this.#forget(id, arrival);
      this.#answer(saga, from, { id, epoch: snapshot.epoch, error: toWireError(error) });
    } finally {
      timer.cancel();
    }
  }

  /** The actor itself takes the place of a copy that serves. */
  async #replace(id: ActorId): Promise<void> {
    const copy = this.#runner.cells.get(id);
    await this.#runner.serving.end(id);
    if (copy === undefined) return;
    this.#runner.mailer.send(this.#runner.main, { type: "ended", id, epoch: copy.epoch, reason: "replaced" });
  }

  #commit(saga: string, from: PlaceId, actors: Extract<Frame, { type: "commit" }>["actors"]): void {
    const running: Arrival[] = [];
    for (const { id, epoch, envelopes } of actors) {
      const arrival = this.#arrivals.get(id);
      if (arrival?.saga !== saga || arrival.epoch !== epoch || arrival.cell === undefined) {
        this.#lost(id, epoch, `it was let go by ${placeInWords(from)}, and is not here`, envelopes);
        continue;
      }
      this.#arrivals.delete(id);
      this.#runner.count("movedIn");
      running.push(arrival);
    }
    const cells = running.flatMap(({ cell }) => (cell === undefined ? [] : [cell]));
    this.#runner.mailer.send(this.#runner.main, {
      type: "arrived",
      actors: cells.map(({ spec, epoch, bornAtMs }) => ({ spec, epoch, bornAtMs })),
    });
    this.#runner.mailer.send(from, { type: "running", saga, actors: cells.map(({ id, epoch }) => ({ id, epoch })) });
    const arrived = nodeOf(from) !== this.#runner.node;
    for (const cell of cells) {
      this.#runner.replicaRecords.end(cell.id);
      cell.commit(arrived);
    }
  }

  /** An order to start the actor under a later epoch outranks one that has come and was never let go by its source. */
  superseded(id: ActorId, epoch: Epoch): void {
    const arrival = this.#arrivals.get(id);
    if (arrival !== undefined && arrival.epoch < epoch) this.#forget(id, arrival);
  }

  #forget(id: ActorId, arrival: Arrival): void {
    if (this.#arrivals.get(id) === arrival) this.#arrivals.delete(id);
    const { cell } = arrival;
    if (cell === undefined) return;
    if (this.#runner.cells.get(id) === cell) this.#runner.cells.delete(id);
    this.#runner.mailer.deliverAll(cell.discard());
  }

  /** What the registry may believe to be here is not: it runs again by its restart policy. What waited in its mailbox ends here. */
  #lost(id: ActorId, epoch: Epoch, why: string, envelopes = 0): void {
    const text = `actor ${id} was lost on its way to ${placeInWords(this.#runner.place)}: ${why}`;
    const error = toWireError(new HandoffFailed(text, { id, step: "commit" }));
    if (envelopes > 0) {
      this.#runner.add("deadLettered", envelopes);
      this.#runner.reports.deadLetter({
        to: id,
        message: null,
        sender: null,
        reason: "HandoffFailed",
        detail: text,
        count: envelopes,
      });
    }
    this.#runner.mailer.send(this.#runner.main, { type: "ended", id, epoch, reason: "lost", error });
  }

  /** Answers of one turn travel together. */
  #answer(saga: string, to: PlaceId, answer: Outcome): void {
    if (this.#loaded.size === 0) {
      queueMicrotask(() => {
        const loaded = this.#loaded;
        this.#loaded = new Map();
        for (const [id, { to: source, outcomes }] of loaded)
          this.#runner.mailer.send(source, { type: "loaded", saga: id, outcomes });
      });
    }
    const entry = this.#loaded.get(saga) ?? { to, outcomes: [] };
    entry.outcomes.push(answer);
    this.#loaded.set(saga, entry);
  }
}

function outcome(id: ActorId, epoch: Epoch, act: () => void): Outcome {
  try {
    act();
    return { id, epoch };
  } catch (error) {
    return { id, epoch, error: toWireError(error) };
  }
}
