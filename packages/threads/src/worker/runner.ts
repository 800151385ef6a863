import {
  type AnyActor,
  type AskOptions,
  type Behaviour,
  type Cell,
  type CellHost,
  type CellLimits,
  childSpec,
  type Envelope,
  type Marker,
  type Observer,
  Queue,
  type StartOptions,
} from "@process-hub/actor";
import {
  type ActorId,
  type Bytes,
  type Checks,
  type Clock,
  type CounterName,
  counterIndex,
  type ErrorCode,
  noChecks,
  nodeOf,
  type Packet,
  type PlaceId,
  type ThreadBoot,
  threadOfPlace,
  type WireError,
} from "@process-hub/protocol";
import { Mailer } from "../mail/index.js";
import { ActiveReplicas } from "./active-replicas.js";
import { ChildStarts } from "./child-starts.js";
import { Control } from "./control.js";
import { HandoffSource } from "./handoff-source.js";
import { HandoffTarget } from "./handoff-target.js";
import { JobCalls } from "./job-calls.js";
import { PassiveReplicas } from "./passive-replicas.js";
import { ReplicaStreams } from "./replica-streams.js";
import { Reports } from "./reports.js";
import { Service } from "./service.js";
import { Starts } from "./starts.js";
import { StuckWatch } from "./stuck-watch.js";

/** What a runner needs from the thread it stands in. */
export interface RunnerPorts {
  readonly boot: ThreadBoot;
  readonly clock: Clock;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  /** Resolves when all that a place had sent over its own link has come; undefined when nothing is left of it. */
  readonly drained?: (from: PlaceId) => Promise<void> | undefined;
  readonly observer?: Observer | undefined;
  /** Default: nothing is checked. */
  readonly checks?: Checks | undefined;
}

const quantum = 32;
const turnMs = 4;
/** How often a fenced runner looks whether it may serve again. */
const fencedLookMs = 20;

/** Runs the actors of one thread: a queue of cells with something to do, a quantum of messages each, and a pause for I/O between turns. */
export class Runner implements CellHost {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly limits: CellLimits;
  readonly place: string;
  readonly node: string;
  readonly thread: number;
  readonly observer: Observer | undefined;
  readonly mailer: Mailer;
  readonly reports: Reports;
  readonly cells = new Map<ActorId, Cell>();
  readonly replicaRecords = new PassiveReplicas(this);
  readonly serving = new ActiveReplicas(this);
  readonly streams = new ReplicaStreams(this);
  readonly children = new ChildStarts((frame) => this.mailer.send(this.main, frame));
  readonly jobs = new JobCalls((frame, bytes) => this.mailer.send(this.main, frame, bytes));
  readonly starts: Starts;
  readonly source: HandoffSource;
  readonly target: HandoffTarget;
  readonly control: Control;
  readonly #ports: RunnerPorts;
  readonly #stuck = new StuckWatch(this);
  readonly #queue = new Queue<Cell>();
  #scheduled = false;
  #running = false;
  #halted = false;
  #nowMs = 0;

  constructor(ports: RunnerPorts) {
    const { boot, clock } = ports;
    this.#ports = ports;
    this.clock = clock;
    this.checks = ports.checks ?? noChecks;
    this.limits = boot.settings;
    this.place = boot.place;
    this.node = nodeOf(boot.place);
    this.thread = threadOfPlace(boot.place);
    this.reports = new Reports((frame) => this.mailer.send(boot.main, frame));
    this.observer = ports.observer;
    const service = new Service(this, ports.drained);
    this.mailer = new Mailer({
      observer: ports.observer,
      place: boot.place,
      clock,
      settings: boot.settings,
      count: (name, by) => this.add(name, by),
      transmit: ports.transmit,
      resolve: (ids) => this.mailer.send(boot.main, { type: "resolve", ids: [...ids] }),
      find: (id) => this.cells.get(id),
      isFenced: () => this.#isFenced(this.clock.now()),
      handoff: (frame, from) => {
        if (frame.type === "reserved" || frame.type === "loaded" || frame.type === "running") this.source.receive(frame);
        else this.target.receive(frame, from);
      },
      standby: (frame, from) => {
        if (frame.type === "states") this.replicaRecords.receive(frame, from);
        else this.streams.receive(frame, from);
      },
      service: (frame) => service.receive(frame),
      deadLetter: (envelope) => this.reports.deadLetter(envelope),
      badFrame: (peer, error) => this.mailer.send(boot.main, { type: "badFrame", peer, error: String(error) }),
      severed: (place, posted) => this.mailer.send(boot.main, { type: "severed", place, posted }),
    });
    this.source = new HandoffSource(this);
    this.target = new HandoffTarget(this);
    this.starts = new Starts(this, ports.behaviours);
    this.control = new Control(this);
  }

  /** The place of this node's main thread. */
  get main(): string {
    return this.#ports.boot.main;
  }

  get settings(): ThreadBoot["settings"] {
    return this.#ports.boot.settings;
  }

  now(): number {
    return this.#running ? this.#nowMs : this.clock.now();
  }

  count(name: CounterName): void {
    this.add(name, 1);
  }

  add(name: CounterName, by: number): void {
    const { counters } = this.#ports.boot;
    const index = counterIndex[name];
    counters[index] = (counters[index] ?? 0) + by;
  }

  /** Sets a counter that says how things are now. */
  set(name: CounterName, value: number): void {
    this.#ports.boot.counters[counterIndex[name]] = value;
  }

  /** Raises a counter that keeps a maximum. */
  most(name: CounterName, value: number): void {
    const { counters } = this.#ports.boot;
    const index = counterIndex[name];
    if (value > (counters[index] ?? 0)) counters[index] = value;
  }

  wake(cell: Cell): void {
    if (!cell.joinQueue()) return;
    this.#queue.push(cell);
    this.#schedule();
  }

  busy(cell: Cell, inHand: boolean): void {
    if (inHand) this.#stuck.begun(cell);
    else this.#stuck.ended(cell);
  }

  taken(envelope: Envelope): void {
    this.mailer.taken(envelope);
  }

  reply(envelope: Envelope, answer: Bytes | WireError): void {
    this.mailer.reply(envelope, this.cells.get(envelope.to)?.epoch ?? envelope.epoch, answer);
  }

  flushed(marker: Marker): void {
    this.mailer.flushed(marker.to, marker.markerId, marker.origin);
  }

  /** The cell of an actor itself: a copy that serves beside it, under the same id, is not what orders to the actor are meant for. */
  actor(id: ActorId): Cell | undefined {
    return this.serving.has(id) ? undefined : this.cells.get(id);
  }

  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string): void {
    this.mailer.deadLetter(envelope, reason, detail, this.cells.get(envelope.to)?.epoch);
  }

  changed(cell: Cell, last: boolean): void {
    this.streams.changed(cell, last);
  }

  restarted(cell: Cell, error: WireError): void {
    this.mailer.send(this.main, { type: "restarted", id: cell.id, epoch: cell.epoch, error });
  }

  ended(cell: Cell, reason: string, error: WireError | undefined): void {
    this.#stuck.ended(cell);
    if (this.cells.get(cell.id) !== cell) return;
    this.cells.delete(cell.id);
    this.streams.ended(cell);
    this.serving.ended(cell);
    if (this.mailer.isFenced) this.mailer.routes.giveUpFrom(cell.id);
    this.mailer.send(this.main, {
      type: "ended",
      id: cell.id,
      epoch: cell.epoch,
      reason,
      ...(error === undefined ? {} : { error }),
    });
  }

  tell(sender: ActorId, to: ActorId, message: string, input: unknown): boolean {
    return this.mailer.tell(sender, to, message, input);
  }

  ask(sender: ActorId, to: ActorId, message: string, input: unknown, options: AskOptions | undefined): Promise<unknown> {
    return this.mailer.ask(sender, to, message, input, options);
  }

  startChild(actor: AnyActor, options: StartOptions): Promise<void> {
    return this.children.start(childSpec(actor, options));
  }

  job(module: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    return this.jobs.run(module, input, signal);
  }

  ready(): Promise<void> {
    return this.mailer.ready();
  }

  log(level: "debug" | "info" | "warn" | "error", id: ActorId, message: string, data: unknown): void {
    this.mailer.send(this.main, { type: "log", level, id, message, data });
  }

  /** A packet came over a link. */
  receive(packet: Packet): void {
    this.mailer.receive(packet);
  }

  /** The thread ends: what waits settles, what was sent goes out. An actor may be left that nobody stopped: its node was paused, or in a hurry. */
  close(): void {
    for (const cell of this.cells.values()) {
      for (const mail of cell.discard())
        if (mail.kind === "envelope")
          this.mailer.deadLetter(mail, "HubClosed", `the hub was closed before actor ${cell.id} came to the message`);
    }
    this.mailer.close();
  }

  /** The thread is dead: no handler begins, no timer fires. */
  halt(): void {
    this.#halted = true;
    for (const cell of this.cells.values()) cell.halt();
  }

  /** True while the node's lease is over. */
  #isFenced(nowMs: number): boolean {
    return nowMs > (this.#ports.boot.lease?.[0] ?? Number.POSITIVE_INFINITY);
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#halted) return;
    this.#running = true;
    this.#nowMs = this.clock.now();
    if (this.#isFenced(this.#nowMs)) {
      this.#running = false;
      this.#scheduled = true;
      this.clock.setTimeout(() => this.#turn(), fencedLookMs);
      return;
    }
    const endMs = this.#nowMs + turnMs;
    for (let cell = this.#queue.shift(); cell !== undefined; cell = this.#queue.shift()) {
      cell.leaveQueue();
      for (let n = 0; n < quantum && cell.runnable; n++) cell.step();
      this.#nowMs = this.clock.now();
      this.wake(cell);
      if (this.#nowMs >= endMs) break;
    }
    this.#running = false;
    if (this.#queue.size > 0) {
      this.#scheduled = true;
      this.clock.defer(() => this.#turn());
    }
  }
}
