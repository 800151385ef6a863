import { type Behaviour, Cell, type Envelope, type Observer } from "@process-hub/actor";
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  leaseHolds,
  nodeOf,
  type Packet,
  type PlaceId,
  seededRandom,
  type ThreadBoot,
  threadOfPlace,
  toWireError,
  type UnhandledKind,
} from "@process-hub/protocol";
import { EventRelations, Mailer } from "../mail/index.js";
import { ActiveReplicas } from "./active-replicas.js";
import { Births } from "./births.js";
import { ChildStarts } from "./child-starts.js";
import { Control } from "./control.js";
import { DuplicateEnds } from "./duplicate-ends.js";
import { EventFeeds } from "./event-feeds.js";
import { EventHearing } from "./event-hearing.js";
import { HandoffSource } from "./handoff-source.js";
import { HandoffTarget } from "./handoff-target.js";
import { HeldOutput } from "./held-output.js";
import { HubCalls } from "./hub-calls.js";
import { JobCalls } from "./job-calls.js";
import { type KindTerms, kindTerms } from "./kind-terms.js";
import { LastRecipients } from "./last-recipients.js";
import { OpenStreams } from "./open-streams.js";
import type { OwnContext } from "./own-context.js";
import { PassiveReplicas } from "./passive-replicas.js";
import { ReplicaStreams } from "./replica-streams.js";
import { ReportedChecks } from "./reported-checks.js";
import { Reports } from "./reports.js";
import { RunQueue } from "./run-queue.js";
import { Service } from "./service.js";
import { Starts } from "./starts.js";
import { StuckWatch } from "./stuck-watch.js";
import type { ThreadContext } from "./thread-context.js";
import { ThreadCounters } from "./thread-counters.js";
import { ThreadHost } from "./thread-host.js";
import { Watches } from "./watches.js";

/** The ports of a runner: the thread around it. */
export interface RunnerPorts {
  readonly boot: ThreadBoot;
  readonly clock: Clock;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  /** Resolves when all that a place had sent over its own link has come; undefined when nothing is left of it. */
  readonly drained?: (from: PlaceId) => Promise<void> | undefined;
  readonly observer?: Observer | undefined;
  /** Default: the work of all actors shares the async context of whatever woke them. */
  readonly isolate?: OwnContext | undefined;
  /** Default: broken invariants are reported to the main thread. */
  readonly checks?: Checks | undefined;
}

/**
 * Runs the actors of one thread: the only file that knows all parts of a thread, builds them and ties them together.
 * Without it each part would have to find the others, and none could be tested alone.
 */
export class Runner {
  readonly place: PlaceId;
  readonly cells = new Map<ActorId, Cell>();
  readonly mailer: Mailer;
  readonly passiveReplicas: PassiveReplicas;
  readonly control: Control;
  readonly #queue: RunQueue;
  readonly #main: PlaceId;

  constructor(ports: RunnerPorts) {
    this.place = ports.boot.place;
    this.#main = ports.boot.main;
    const context = this.#context(ports);
    const { lease } = ports.boot;
    const isFenced = (nowMs: number): boolean => lease !== undefined && !leaseHolds(lease, nowMs, ports.clock);
    const queue = new RunQueue({
      clock: ports.clock,
      checks: context.checks,
      isFenced,
      flush: () => this.mailer.flush(),
      isolate: ports.isolate,
    });
    const children = new ChildStarts(context.tellMain);
    const calls = new HubCalls(context.tellMain);
    const jobs = new JobCalls(context.tellMain);
    const streams = new OpenStreams(context);
    const reports = new Reports(context.tellMain);
    const acknowledge = (actor?: string): KindTerms["acknowledge"] =>
      kindTerms(context.settings, actor === undefined ? undefined : ports.behaviours.get(actor)).acknowledge;
    const held = [undefined, ...ports.behaviours.keys()].every((actor) => acknowledge(actor) === "none")
      ? undefined
      : new HeldOutput({
          handled: (cell) => replicaStreams.handled(cell),
          before: (cell) => replicaStreams.before(cell),
          safe: (cell) => replicaStreams.safe(cell),
          canBeSafe: (cell) => replicaStreams.canBeSafe(cell),
        });
    const watches = new Watches(context.tellMain);
    const replicaStreams = new ReplicaStreams(context, {
      now: () => queue.now(),
      isFenced: () => isFenced(ports.clock.now()),
      keep: (cell, last) => passiveReplicas.keep(cell.spec, context.place, last),
      held,
      acknowledge,
    });
    const mail = new Mailer({
      ...this.#mailPorts(ports, context),
      isFenced: () => isFenced(ports.clock.now()),
      deadLetter: (letter) => reports.deadLetter(letter),
      hold: held && ((envelope, send, lose) => this.#hold(held, envelope, send, lose)),
      handoff: (frame, from) => {
        if (frame.type === "reserved" || frame.type === "loaded" || frame.type === "running") source.receive(frame);
        else target.receive(frame, from);
      },
      standby: (frame, from) => {
        if (frame.type === "states" || frame.type === "letGo") passiveReplicas.receive(frame, from);
        else replicaStreams.receive(frame, from);
      },
      events: (frame, from) => {
        if (frame.type === "events" || frame.type === "unheard") relations.receive(frame, from);
        else feeds.receive(frame, from);
      },
      service: (frame) => service.receive(frame),
      autoStarts: { start: (spec) => children.start(spec), known: (name) => ports.behaviours.get(name)?.autoStart },
    });
    const deliverAll = mail.deliverAll.bind(mail);
    const relations: EventRelations = new EventRelations({
      clock: ports.clock,
      retryMs: context.settings.markerRetryMs,
      send: (to, frame) => mail.send(to, frame),
      // Whoever it is, the main thread listens for this one.
      find: (id) => relations.found(id, this.#main, 0),
      isDown: () => false,
    });
    const feeds = new EventFeeds(context, {
      send: (to, frame, bytes) => mail.send(to, frame, bytes),
      actor: (id) => actor(id),
      wentTo: (id, epoch) => mail.forwardings.newest(id, epoch),
      isFenced: () => isFenced(ports.clock.now()),
      held,
    });
    const host = new ThreadHost(context, {
      mail,
      queue,
      stuck: new StuckWatch(context),
      children,
      calls,
      watches,
      hearing: new EventHearing(relations),
      feeds,
      deliverAll,
      streams,
      jobs,
      held,
      isReplica: (id) => activeReplicas.has(id),
      idle: (cell) => replicaStreams.idle(cell),
      taking: (cell) => replicaStreams.taking(cell),
      changed: (cell, last) => replicaStreams.changed(cell, last),
      handlerFailed: reports.handlerFailed.bind(reports),
      gone: (cell) => {
        feeds.ended(cell);
        replicaStreams.ended(cell);
        activeReplicas.ended(cell);
      },
      observer: ports.observer,
    });
    const births = new Births(context, { behaviours: ports.behaviours, host, deliverAll });
    const passiveReplicas = new PassiveReplicas(context, { births });
    const activeReplicas = new ActiveReplicas(context, { births, forward: mail.forward.bind(mail), deliverAll });
    // An active replica stands under the id of its actor: orders to the actor are not meant for it.
    const actor = (id: ActorId): Cell | undefined => (activeReplicas.has(id) ? undefined : this.cells.get(id));
    const recipients = new LastRecipients({ ...context, routes: mail.routes });
    const left = (cell: Cell, to: PlaceId, epoch: Epoch): void => {
      feeds.moved(cell, to, epoch);
      replicaStreams.ended(cell);
    };
    const cleared = held && ((cell: object) => held.cleared(cell));
    const source = new HandoffSource(context, { mail, actor, recipients, left, cleared, passiveReplicas });
    const deadLetter = reports.deadLetter.bind(reports);
    const askHere = mail.askHere.bind(mail);
    const send = (envelope: Envelope): void => void mail.routes.send(envelope);
    const target = new HandoffTarget(context, {
      ...{ births, activeReplicas, passiveReplicas, deliverAll, askHere, send, deadLetter },
    });
    const starts = new Starts(context, { births, target, activeReplicas, passiveReplicas });
    const duplicates = new DuplicateEnds(context, { actor, source, deliverAll });
    const replicas = { activeReplicas, passiveReplicas, replicaStreams };
    const service = new Service(context, {
      mail,
      source,
      target,
      replicaStreams,
      streams,
      children,
      calls,
      watches,
      feeds,
      jobs,
      drained: ports.drained,
    });
    this.control = new Control(context, { actor, starts, source, target, ...replicas, duplicates, recipients, mail });
    this.passiveReplicas = passiveReplicas;
    this.mailer = mail;
    this.#queue = queue;
  }

  /** A packet came over a link. */
  receive(packet: Packet): void {
    this.mailer.receive(packet);
  }

  /** True while a turn is under way: nothing that an actor does can throw out of it. */
  get isInTurn(): boolean {
    return this.#queue.isRunning;
  }

  /** Nobody handled an error: the main thread hears of it, and which actors ran last. */
  unhandled(kind: UnhandledKind, error: unknown): void {
    const ids = this.#queue.lastRan.flatMap((cell) => (cell instanceof Cell ? [cell.id] : []));
    this.mailer.send(this.#main, { type: "unhandled", kind, error: toWireError(error), ids });
  }

  /** The thread ends: what waits settles, what was sent goes out. An actor may be left that nobody stopped: its node was paused, or in a hurry. */
  close(): void {
    for (const cell of this.cells.values()) {
      // Their handlers had begun: what they were to do may be done.
      for (const inHand of cell.cutOff())
        this.mailer.deadLetter(inHand, "OutcomeUnknown", `the hub was closed while actor ${cell.id} handled the message`);
      for (const mail of cell.discard())
        if (mail.kind === "envelope")
          this.mailer.deadLetter(mail, "HubClosed", `the hub was closed before actor ${cell.id} came to the message`);
    }
    this.mailer.close();
  }

  /** The thread is dead: no handler begins, no timer fires. */
  halt(): void {
    this.#queue.halt();
    for (const cell of this.cells.values()) cell.halt();
  }

  /** What an actor of this thread sends waits for its standbys. */
  #hold(held: HeldOutput, envelope: Envelope, send: () => void, lose: () => void): boolean {
    const cell = envelope.sender === null ? undefined : this.cells.get(envelope.sender);
    return cell !== undefined && held.hold(cell, { to: envelope.to, send, lose }, envelope.ask !== 0);
  }

  #context({ boot, clock, checks }: RunnerPorts): ThreadContext {
    const { place, main, settings } = boot;
    const tellMain: ThreadContext["tellMain"] = (frame, bytes) => this.mailer.send(main, frame, bytes);
    return {
      clock,
      random: seededRandom(boot.seed ?? 1),
      settings,
      place,
      main,
      node: nodeOf(place),
      thread: threadOfPlace(place),
      cells: this.cells,
      counters: new ThreadCounters(boot.counters),
      checks: checks ?? new ReportedChecks((broken) => tellMain({ type: "invariantsBroken", broken })),
      tellMain,
      send: (to, frame, bytes, envelopes) => this.mailer.send(to, frame, bytes, envelopes),
      isDown: (other) => this.mailer.isDown(other),
      log: (level, id, message, data) => tellMain({ type: "log", level, id, message, data }),
    };
  }

  /** The ports of the thread's mail, without the parts that its frames are for. */
  #mailPorts({ boot, clock, transmit, observer }: RunnerPorts, { counters, checks, tellMain }: ThreadContext) {
    return {
      place: boot.place,
      clock,
      checks,
      settings: boot.settings,
      transmit,
      observer,
      count: counters.add.bind(counters),
      find: (id: ActorId) => this.cells.get(id),
      resolve: (ids: readonly ActorId[]) => tellMain({ type: "resolve", ids: [...ids] }),
      badFrame: (peer: PlaceId, error: unknown) => tellMain({ type: "badFrame", peer, error: String(error) }),
      postedToDead: (place: PlaceId, posted: number) => tellMain({ type: "postedToDead", place, posted }),
    };
  }
}
