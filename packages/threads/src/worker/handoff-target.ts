import type { Behaviour, Cell, CellBirth, Envelope, Mail } from "@process-hub/actor";
import {
  type ActorId,
  type ActorSnapshot,
  type DeadLetter,
  type Epoch,
  HandoffFailed,
  type HandoffFrame,
  nodeOf,
  type Outcome,
  type PlaceId,
  placeInWords,
  TurnBatch,
  toWireError,
} from "@process-hub/protocol";
import { envelopeFrom } from "../mail/index.js";
import { groupedBy } from "./grouped-by.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of a handoff target, beside the thread's context. */
interface HandoffTargetPorts {
  readonly births: { behaviour(actor: string): Behaviour; activeCell(birth: Omit<CellBirth, "mode">): Cell };
  readonly activeReplicas: { has(id: ActorId): boolean; end(id: ActorId): Promise<void> | undefined };
  readonly passiveReplicas: { end(id: ActorId): void };
  /** Delivers mail again, in order. */
  readonly deliverAll: (mail: Iterable<Mail>) => void;
  /** Sends a message whose sender has come here with it. */
  readonly send: (envelope: Envelope) => void;
  /** Tells the origin of an ask that it waits here now. */
  readonly askHere: (envelope: Envelope, epoch: Epoch) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
}

/** One actor that is to come, or has come and waits for the source's word. */
interface Arrival {
  readonly saga: string;
  readonly from: PlaceId;
  readonly epoch: Epoch;
  cell: Cell | undefined;
  /** What it had yet to send to actors that have no place just now. */
  unsent: readonly Envelope[];
}

/** The answer about one actor, for the source of its saga. */
interface Loaded {
  readonly saga: string;
  readonly to: PlaceId;
  readonly outcome: Outcome;
}

/** The part of a step's time that `handoff.restore` may take: its source still waits then, and hears what did not end. */
const restoreShare = 0.9;

type Frame = Extract<HandoffFrame, { type: "reserve" | "transfer" | "commit" | "abort" }>;

/**
 * The target's side of a handoff: reserves, loads, and runs an actor when its source has committed.
 * Without the wait for that word an actor could run at two places; without the report of a loss it could run at none.
 */
export class HandoffTarget {
  readonly #context: ThreadContext;
  readonly #ports: HandoffTargetPorts;
  readonly #arrivals = new Map<ActorId, Arrival>();
  readonly #loaded = new TurnBatch<Loaded>((loaded) => this.#sendLoaded(loaded));

  constructor(context: ThreadContext, ports: HandoffTargetPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** The actors that are on their way here. */
  get arriving(): { readonly id: ActorId; readonly epoch: Epoch }[] {
    return [...this.#arrivals].map(([id, { epoch }]) => ({ id, epoch }));
  }

  /** Acts on a frame of a source. */
  receive(frame: Frame, from: PlaceId): void {
    switch (frame.type) {
      case "reserve": {
        const outcomes = frame.actors.map(({ id, epoch, actor }) =>
          outcome(id, epoch, () => this.#reserve(frame.saga, from, id, epoch, actor)),
        );
        this.#context.send(from, { type: "reserved", saga: frame.saga, outcomes });
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
   * Sources went down: actors that they had not committed are restarted from there. Their last act may have been to say that it is here
   * (see `HandoffSource`): so it is reported lost, which means nothing to a registry that never heard so.
   */
  placeDown(): void {
    for (const [id, arrival] of [...this.#arrivals]) {
      if (!this.#context.isDown(arrival.from)) continue;
      this.#forget(id, arrival);
      if (arrival.cell !== undefined)
        this.#lost(id, arrival.epoch, `its source, ${placeInWords(arrival.from)}, ended before it let go`);
    }
  }

  #reserve(saga: string, from: PlaceId, id: ActorId, epoch: Epoch, actor: string): void {
    this.#ports.births.behaviour(actor);
    if ((this.#context.cells.has(id) && !this.#ports.activeReplicas.has(id)) || this.#arrivals.has(id)) {
      throw new HandoffFailed(`${placeInWords(this.#context.place)} already has, or awaits, an actor ${id}`, {
        id,
        step: "reserve",
      });
    }
    this.#arrivals.set(id, { saga, from, epoch, cell: undefined, unsent: [] });
  }

  async #load(saga: string, from: PlaceId, snapshot: ActorSnapshot): Promise<void> {
    const { clock, cells, checks, place, settings } = this.#context;
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
      const { spec, epoch, life } = snapshot;
      if (this.#ports.activeReplicas.has(id)) await this.#replace(id);
      const cell = this.#ports.births.activeCell({ spec, epoch, life });
      cell.handled = snapshot.handled;
      const nowMs = clock.now();
      const envelopes = snapshot.mailbox.map((frame) => ({ ...envelopeFrom(frame, from, nowMs), epoch, via: null }));
      await cell.load(snapshot.state, envelopes, snapshot, settings.handoffTimeoutMs * restoreShare);
      checks.invariant(cell.envelopes === envelopes.length, "a loaded mailbox holds what its snapshot brought", () => id);
      if (late !== undefined || this.#arrivals.get(id) !== arrival) {
        cell.discard();
        return;
      }
      if (cells.has(id))
        throw new HandoffFailed(`an actor ${id} was started on ${placeInWords(place)} meanwhile`, { id, step: "load" });
      arrival.cell = cell;
      arrival.unsent = (snapshot.unsent ?? []).map((frame) => ({
        ...envelopeFrom(frame, from, nowMs),
        origin: place,
        via: null,
      }));
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

  /** The actor itself takes the place of its active replica here. */
  async #replace(id: ActorId): Promise<void> {
    const replica = this.#context.cells.get(id);
    await this.#ports.activeReplicas.end(id);
    if (replica === undefined) return;
    this.#context.tellMain({ type: "ended", id, epoch: replica.epoch, reason: "replaced" });
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
      const { cells, checks, counters } = this.#context;
      checks.invariant(cells.get(id) === arrival.cell, "a committed actor is the cell that was loaded for it", () => id);
      counters.add("movedIn");
      running.push(arrival);
    }
    const cells = running.flatMap(({ cell }) => (cell === undefined ? [] : [cell]));
    this.#context.tellMain({
      type: "arrived",
      actors: cells.map(({ spec, epoch, life }) => ({ spec, epoch, life })),
    });
    this.#context.send(from, { type: "running", saga, actors: cells.map(({ id, epoch }) => ({ id, epoch })) });
    const arrived = nodeOf(from) !== this.#context.node;
    // Before anything that they send from here.
    for (const { unsent } of running) for (const envelope of unsent) this.#ports.send(envelope);
    for (const cell of cells) {
      this.#ports.passiveReplicas.end(cell.id);
      for (const envelope of cell.mailbox) if (envelope.ask !== 0) this.#ports.askHere(envelope, cell.epoch);
      cell.commit(arrived);
    }
  }

  /** An order to start the actor under a later epoch replaces one that arrived but was never committed by its source. */
  superseded(id: ActorId, epoch: Epoch): void {
    const arrival = this.#arrivals.get(id);
    if (arrival === undefined || arrival.epoch >= epoch) return;
    this.#context.checks.mark("arrivalSuperseded");
    this.#forget(id, arrival);
  }

  #forget(id: ActorId, arrival: Arrival): void {
    if (this.#arrivals.get(id) === arrival) this.#arrivals.delete(id);
    const { cell } = arrival;
    if (cell === undefined) return;
    if (this.#context.cells.get(id) === cell) this.#context.cells.delete(id);
    this.#ports.deliverAll(cell.discard());
  }

  /** An actor that the registry may believe to be here is not: it runs again by its restart policy. The messages in its mailbox end here. */
  #lost(id: ActorId, epoch: Epoch, why: string, envelopes = 0): void {
    this.#context.checks.mark("committedArrivalMissing");
    const text = `actor ${id} was lost on its way to ${placeInWords(this.#context.place)}: ${why}`;
    const error = toWireError(new HandoffFailed(text, { id, step: "commit" }));
    if (envelopes > 0) {
      this.#context.counters.add("deadLettered", envelopes);
      this.#ports.deadLetter({
        to: id,
        message: null,
        sender: null,
        reason: "HandoffFailed",
        detail: text,
        count: envelopes,
      });
    }
    this.#context.tellMain({ type: "ended", id, epoch, reason: "lost", error });
  }

  /** Answers of one turn travel together. */
  #answer(saga: string, to: PlaceId, outcome: Outcome): void {
    this.#loaded.add({ saga, to, outcome });
  }

  #sendLoaded(loaded: readonly Loaded[]): void {
    for (const [first, ...more] of groupedBy(loaded, ({ saga }) => saga)) {
      const { saga, to, outcome } = first;
      this.#context.send(to, { type: "loaded", saga, outcomes: [outcome, ...more.map((each) => each.outcome)] });
    }
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
