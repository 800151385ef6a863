/*
 * Leads the reports of this node's threads to the registry and the parts that act on them.
 * Without it the node would not know which actors arrived, ended or moved in its threads.
 */
import {
  type ActorId,
  type Epoch,
  fromWireError,
  isToThread,
  lineageOf,
  nodeOf,
  type PlaceId,
  placeInWords,
  type RegistryRecord,
  type ServiceFrame,
  type ToMainFrame,
  threadOfPlace,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { LostArrivals } from "../registry/lost-arrivals.js";
import { answerActor } from "./actor-calls.js";
import { FailedHandlers } from "./failed-handlers.js";
import { FullMailboxes } from "./full-mailboxes.js";
import type { Parts } from "./parts.js";

/** The reports of this node's threads to its coordinator. */
export class ThreadMessages {
  /** Actors that were lost on the way here before this node had the record of their move. */
  readonly lost: LostArrivals;
  readonly #parts: Parts;
  readonly #full: FullMailboxes;
  readonly #failed: FailedHandlers;

  constructor(parts: Parts) {
    this.#parts = parts;
    const says = { clock: parts.clock, log: parts.hooks.log.bind(parts.hooks) };
    this.#full = new FullMailboxes(says);
    this.#failed = new FailedHandlers(says);
    this.lost = new LostArrivals(parts.clock, parts.settings.timings.deliveryMs);
  }

  receive(frame: ServiceFrame, from: PlaceId): void {
    const { hooks, local, threadDeaths, lossAccounting, evacuations, lookups, jobs, replicas, counters, checks, watched } =
      this.#parts;
    const node = local.name;
    if (isToThread(frame)) {
      counters.badFrame(from, new Error(`a ${frame.type} frame to a main thread`));
      return;
    }
    switch (frame.type) {
      case "resolve":
        lookups.resolve(from, frame.ids);
        break;
      case "postedToDead":
        lossAccounting.postedToDead(from, frame.place, frame.posted);
        break;
      case "drainReported":
        threadDeaths.drainReports.said(frame.place, from);
        break;
      case "evacuated":
        evacuations.said(frame.node, from);
        break;
      case "arrived":
        this.#arrived(frame, from);
        break;
      case "departed":
        this.departed(frame.actors);
        break;
      case "kept":
        replicas.kept(frame.actors, from);
        break;
      case "retired":
        replicas.retired(frame.ids, from);
        break;
      case "renumbered":
        this.#renumbered(frame, from);
        break;
      case "ended":
        this.#ended(frame, from);
        break;
      case "restarted":
        this.#restarted(frame, from);
        break;
      case "moveDeferred": {
        const { type: _, ...deferred } = frame;
        hooks.emit("moveDeferred", { ...deferred, node });
        break;
      }
      case "stuck":
        hooks.emit("stuck", { node, thread: threadOfPlace(from), id: frame.id, message: frame.message, forMs: frame.forMs });
        break;
      case "deadLetters":
        for (const envelope of frame.envelopes) {
          hooks.emit("deadLetter", { ...envelope, node });
          if (envelope.reason === "MailboxFull" && envelope.to !== null) this.#full.note(envelope.to);
        }
        break;
      case "handlersFailed":
        this.#handlersFailed(frame, from);
        break;
      case "unhandled":
        this.#unhandled(frame, from);
        break;
      case "badFrame":
        counters.badFrameTold(frame.peer, frame.error);
        break;
      case "invariantsBroken":
        for (const { words, times, detail } of frame.broken)
          for (let i = 0; i < times; i++) checks.invariant(false, words, () => `${from}: ${detail ?? "no more is known"}`);
        break;
      case "log":
        hooks.emit("log", { level: frame.level, id: frame.id, message: frame.message, data: frame.data });
        break;
      case "startChildren":
        void this.#startChildren(frame, from);
        break;
      case "startChild":
        void this.#startChild(frame, from);
        break;
      case "watch":
        watched.watch(from, frame.id, frame.lineage);
        break;
      case "unwatch":
        watched.unwatch(from, frame.id);
        break;
      case "hubCall":
        void this.#hubCall(frame, from);
        break;
      case "job":
        jobs.begin(frame, from);
        break;
      case "jobAbort":
        jobs.abort(frame.call, from);
        break;
      default:
        frame satisfies never;
    }
  }

  #handlersFailed({ failures, more }: Extract<ToMainFrame, { type: "handlersFailed" }>, from: PlaceId): void {
    const { hooks, local } = this.#parts;
    const where = { node: local.name, thread: threadOfPlace(from) };
    failures.forEach(({ asked, error: wire, sender, ...failure }, index) => {
      const error = fromWireError(wire);
      this.#failed.note(failure, asked, error);
      const sent = sender === null ? {} : { sender };
      const isLast = index === failures.length - 1;
      hooks.emit("handlerFailed", { ...where, ...failure, ...sent, error, more: isLast ? more : 0 });
    });
    if (more > 0) this.#failed.noteMore(more);
  }

  #restarted({ id, error }: Extract<ToMainFrame, { type: "restarted" }>, from: PlaceId): void {
    const { hooks, local, registry, startHooks } = this.#parts;
    const spec = (registry.own(id) ?? registry.current(id))?.spec;
    if (spec !== undefined) startHooks.restarted(spec, threadOfPlace(from));
    hooks.emit("childRestarted", { id, node: local.name, from: "init", cause: fromWireError(error) });
  }

  #unhandled({ kind, error: wire, ids }: Extract<ToMainFrame, { type: "unhandled" }>, from: PlaceId): void {
    const { hooks, local, settings, succession } = this.#parts;
    const error = fromWireError(wire);
    const ran = ids.length === 0 ? "" : `; the actors that ran last: ${ids.join(", ")}`;
    const what = kind === "rejection" ? "a promise rejected" : "an error was thrown";
    const text = `${what} on ${placeInWords(from)}, and nobody handles it: ${error.message}${ran}`;
    hooks.emit("log", { level: "error", message: text, data: error });
    hooks.emit("unhandled", { node: local.name, thread: threadOfPlace(from), kind, error, actors: ids });
    if (settings.threads.onUnhandled === "replace") void succession.replace(from);
  }

  /** Actors of this node went to another place under a new epoch. A second report does no harm. */
  departed(actors: readonly { readonly id: ActorId; readonly epoch: Epoch; readonly place: PlaceId }[]): void {
    const { registry, local, recordChanges } = this.#parts;
    const changes = actors.flatMap(({ id, epoch, place }) => {
      const record = registry.own(id);
      if (record === undefined || record.epoch >= epoch) return [];
      const state = nodeOf(place) === local.name ? ("running" as const) : ("moved" as const);
      return [{ op: "put" as const, record: { ...record, place, epoch, state } }];
    });
    registry.publish(changes);
    const records = changes.map(({ record }) => record);
    recordChanges.placesChecked(records.filter(({ state }) => state === "running"));
    this.#orphanLost(records);
  }

  /** Makes orphans of actors that moved to a node which was gone before the report came: no later change would. */
  #orphanLost(records: readonly RegistryRecord[]): void {
    const { registry, settledMoves, recovery, membership } = this.#parts;
    const lost = new Set(records.filter(({ place, state }) => state === "moved" && !membership.has(place)));
    if (lost.size === 0) return;
    registry.movesLost((record) => lost.has(record));
    settledMoves.lookAtOrphans();
    recovery.adoptOrphans();
  }

  #arrived({ actors }: Extract<ToMainFrame, { type: "arrived" }>, place: PlaceId): void {
    const { registry, hooks, local, duplicates, recovery } = this.#parts;
    const news = actors.filter(({ spec, epoch, life }) => {
      // The thread has handed the actor on since, and reports that next.
      if (recovery.ended.isPast(spec.id, life, epoch)) return false;
      const own = registry.own(spec.id);
      if (own?.state === "running" && own.place !== place && own.life.name !== life.name) {
        return duplicates.arrived(own, { spec, epoch, life, place, mode: "active", state: "running" });
      }
      const otherLife = own !== undefined && own.state !== "running" && own.life.name !== life.name;
      return own === undefined || own.epoch < epoch || (own.epoch === epoch && own.state === "moved") || otherLife;
    });
    const records = news.map((arrival): RegistryRecord => ({ ...arrival, place, mode: "active", state: "running" }));
    registry.publish(records.map((record) => ({ op: "put", record })));
    // An actor that ended while it moved here: its old node could not stop it any more.
    for (const record of records) if (registry.isOver(record)) duplicates.ended(record.spec.id);
    if (actors.length > 0) hooks.emit("handoverDelivered", { ids: actors.map(({ spec }) => spec.id), node: local.name });
  }

  #renumbered({ actors }: Extract<ToMainFrame, { type: "renumbered" }>, place: PlaceId): void {
    const { registry } = this.#parts;
    const changes = actors.flatMap(({ id, epoch }) => {
      const record = registry.own(id);
      if (record === undefined || record.epoch >= epoch) return [];
      // The report of a failed move may come after the actor was recorded as down: it stays down, under its newest epoch.
      const state = record.state === "down" ? ("down" as const) : ("running" as const);
      return [{ op: "put" as const, record: { ...record, place, epoch, state } }];
    });
    registry.publish(changes);
  }

  #ended({ id, epoch, reason, error }: Extract<ToMainFrame, { type: "ended" }>, from: PlaceId): void {
    const { registry, recovery, replicas, claims, gate, pausedActors, hooks } = this.#parts;
    if (reason === "lost") {
      const lost = registry.current(id) ?? registry.orphans.get(id);
      if (error === undefined) return;
      if (lost?.place === from && lost.epoch === epoch) recovery.arrivalLost(lost, error);
      else this.lost.note(id, from, epoch, error);
      return;
    }
    if (replicas.replicaEnded(id, from, epoch, reason)) return;
    // The actor goes on elsewhere: the part that ended this duplicate has published that. A replica that was replaced is not the actor either.
    if (reason === "conflict" || reason === "replaced") return;
    if (reason === "not begun" && error !== undefined) {
      void this.#notBegun(id, epoch, from, error);
      return;
    }
    const early = claims.endedEarly(id, epoch);
    if (!gate.paused || !pausedActors.ended(id, epoch)) {
      const record = registry.own(id);
      // An actor recorded as down was stopped on purpose: the part that recorded it decides what becomes of it.
      const news = record !== undefined && record.place === from && record.epoch <= epoch && record.state !== "down";
      if (!early && !news) return;
      const life = (record ?? registry.current(id) ?? registry.orphans.get(id))?.life;
      const why = error === undefined ? {} : { why: "Crash" as const };
      registry.publish([
        { op: "drop", id, epoch, ended: true, ...(life === undefined ? {} : { lineage: lineageOf(life) }), ...why },
      ]);
    }
    hooks.emit("childStopped", { id, reason, ...(error === undefined ? {} : { error: fromWireError(error) }) });
  }

  /** An actor crashed, and its `init` failed when it was to begin anew: it is tried again, or when this node serves again. */
  async #notBegun(id: ActorId, epoch: Epoch, from: PlaceId, error: WireError): Promise<void> {
    const { registry, claims, gate, pausedActors, restarts } = this.#parts;
    // It may have crashed before its start was known here.
    await claims.startSettled(id);
    const record = registry.own(id);
    if (record === undefined || record.place !== from || record.epoch > epoch) return;
    if (record.state === "running") restarts.crashed({ ...record, epoch }, error);
    else if (gate.paused) pausedActors.failed(id);
  }

  async #hubCall({ call, asks }: Extract<ToMainFrame, { type: "hubCall" }>, from: PlaceId): Promise<void> {
    const answer = await answerActor(this.#parts, asks).then(
      (value) => ({ value }),
      (error: unknown) => ({ value: undefined, error: toWireError(error) }),
    );
    this.#parts.mailer.send(from, { type: "hubAnswer", call, ...answer });
  }

  async #startChildren({ call, specs }: Extract<ToMainFrame, { type: "startChildren" }>, from: PlaceId): Promise<void> {
    const { onDemand, mailer } = this.#parts;
    const errors = await onDemand.startAll(specs);
    const failed = errors.flatMap((error, index) => (error === undefined ? [] : [{ index, error }]));
    mailer.send(from, { type: "startedChildren", call, failed });
  }

  async #startChild({ call, spec, get }: Extract<ToMainFrame, { type: "startChild" }>, from: PlaceId): Promise<void> {
    const { onDemand, mailer } = this.#parts;
    const done = get === true ? onDemand.get(spec) : onDemand.start(spec);
    const error = await done.then(() => undefined, toWireError);
    mailer.send(from, { type: "startedChild", call, ...(error === undefined ? {} : { error }) });
  }
}
