import {
  type AnyActor,
  type AskOptions,
  type Behaviour,
  Cell,
  type CellHost,
  type CellLimits,
  childSpec,
  type Letter,
  type Marker,
  type Observer,
  type Origin,
  Queue,
  type StartOptions,
} from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  AlreadyStarted,
  type Bytes,
  type Clock,
  type CopyState,
  type CounterName,
  counterIndex,
  type ErrorCode,
  type Failure,
  fromWireError,
  type HubError,
  type MoveOrder,
  nodeOf,
  type Outcome,
  type Packet,
  type PlaceId,
  type ServiceFrame,
  type StandOrder,
  StartFailed,
  type StartOrder,
  type Surrendered,
  type ThreadBoot,
  type ThreadControl,
  type ThreadDepths,
  threadOfPlace,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { Post } from "../mail/index.js";
import { ConflictEnds } from "./conflict-ends.js";
import { HandoffSource } from "./handoff-source.js";
import { HandoffTarget } from "./handoff-target.js";
import { JobCalls } from "./job-calls.js";
import { Reports } from "./reports.js";
import { Secondaries } from "./secondaries.js";
import { ServingCopies } from "./serving-copies.js";
import { StandbyStreams } from "./standby-streams.js";

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
}

const quantum = 32;
const turnMs = 4;
/** How often a fenced runner looks whether it may serve again. */
const fencedLookMs = 20;

/** Runs the actors of one thread: a queue of cells with something to do, a quantum of messages each, and a pause for I/O between turns. */
export class Runner implements CellHost, ThreadControl {
  readonly clock: Clock;
  readonly limits: CellLimits;
  readonly place: string;
  readonly node: string;
  readonly thread: number;
  readonly observer: Observer | undefined;
  readonly post: Post;
  readonly reports: Reports;
  readonly cells = new Map<ActorId, Cell>();
  readonly secondaries = new Secondaries(this);
  readonly serving = new ServingCopies(this);
  readonly streams = new StandbyStreams(this);
  readonly #ports: RunnerPorts;
  readonly #source: HandoffSource;
  readonly #target: HandoffTarget;
  readonly #queue = new Queue<Cell>();
  readonly #inHand = new Set<Cell>();
  readonly #starting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #conflicts = new ConflictEnds(this, (id) => this.#source.concluded(id));
  readonly #jobs = new JobCalls((frame, bytes) => this.post.send(this.main, frame, bytes));
  #calls = 0;
  #scheduled = false;
  #running = false;
  #watching = false;
  #halted = false;
  #nowMs = 0;

  constructor(ports: RunnerPorts) {
    const { boot, clock } = ports;
    this.#ports = ports;
    this.clock = clock;
    this.limits = boot.settings;
    this.place = boot.place;
    this.node = nodeOf(boot.place);
    this.thread = threadOfPlace(boot.place);
    this.reports = new Reports((frame) => this.post.send(boot.main, frame));
    this.observer = ports.observer;
    this.post = new Post({
      observer: ports.observer,
      place: boot.place,
      clock,
      settings: boot.settings,
      count: (name, by) => this.add(name, by),
      transmit: ports.transmit,
      resolve: (ids) => this.post.send(boot.main, { type: "resolve", ids: [...ids] }),
      find: (id) => this.cells.get(id),
      handoff: (frame, from) => {
        if (frame.type === "reserved" || frame.type === "loaded" || frame.type === "running") this.#source.receive(frame);
        else this.#target.receive(frame, from);
      },
      standby: (frame, from) => {
        if (frame.type === "states") this.secondaries.receive(frame, from);
        else this.streams.receive(frame, from);
      },
      service: (frame) => this.#serve(frame),
      deadLetter: (letter) => this.reports.deadLetter(letter),
      badFrame: (peer, error) => this.post.send(boot.main, { type: "badFrame", peer, error: String(error) }),
      severed: (place, posted) => this.post.send(boot.main, { type: "severed", place, posted }),
    });
    this.#source = new HandoffSource(this);
    this.#target = new HandoffTarget(this);
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

  /** The definition of an actor. Throws `StartFailed` when the thread has none of that name. */
  behaviour(actor: string): Behaviour {
    const behaviour = this.#ports.behaviours.get(actor);
    if (behaviour !== undefined) return behaviour;
    const known = [...this.#ports.behaviours.keys()].join(", ") || "none";
    throw new StartFailed(
      `no actor named ${JSON.stringify(actor)} is defined on node ${this.node}; \`actors\` of its hub lists: ${known}`,
      { actor },
    );
  }

  start(orders: readonly StartOrder[]): Promise<readonly Failure[]> {
    return this.#each(orders, (order) => this.#startOne(order));
  }

  /** Keeps copies of actors that run elsewhere. */
  stand(orders: readonly StandOrder[]): Promise<readonly Failure[]> {
    return this.#each(orders, (order) => (order.mode === "active" ? this.serving : this.secondaries).stand(order));
  }

  async unstand(ids: readonly ActorId[]): Promise<void> {
    for (const id of ids) {
      this.secondaries.end(id);
      void this.serving.end(id);
    }
  }

  async standbys(ids: readonly ActorId[]): Promise<readonly CopyState[]> {
    return this.secondaries.standbys(ids);
  }

  async stop(ids: readonly ActorId[], deadlineMs: number, toGoOn = false): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    const stopOne = async (id: ActorId, index: number): Promise<void> => {
      try {
        await this.#source.concluded(id);
        const cell = this.cells.get(id);
        if (cell === undefined)
          throw new ActorNotFound(`actor ${id} is not on thread ${this.thread} of node ${this.node}`, { id });
        await cell.stop("stop", deadlineMs);
        if (toGoOn) await this.streams.lastWord(id);
      } catch (error) {
        failures.push({ index, error: toWireError(error) });
      }
    };
    await Promise.all(ids.map(stopOne));
    return failures;
  }

  move(order: MoveOrder): Promise<readonly Outcome[]> {
    return this.#source.move(order);
  }

  surrender(id: ActorId, deadlineMs: number): Promise<Surrendered> {
    return this.#conflicts.surrender(id, deadlineMs);
  }

  reconcile(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined> {
    return this.#conflicts.reconcile(id, state, deadlineMs);
  }

  async depths(): Promise<ThreadDepths> {
    let mailboxes = 0;
    for (const cell of this.cells.values()) mailboxes += cell.waiting;
    return {
      actors: this.cells.size,
      mailboxes,
      forwardings: this.post.forwardings.size,
      routes: this.post.routes.size,
      heldLetters: this.post.routes.heldLetters,
    };
  }

  wake(cell: Cell): void {
    if (cell.queued || !cell.runnable) return;
    cell.queued = true;
    this.#queue.push(cell);
    this.#schedule();
  }

  busy(cell: Cell, inHand: boolean): void {
    if (inHand) this.#inHand.add(cell);
    else this.#inHand.delete(cell);
    if (inHand && !this.#watching) this.#watch();
  }

  taken(letter: Letter): void {
    this.post.taken(letter);
  }

  reply(letter: Letter, answer: Bytes | WireError): void {
    this.post.reply(letter, this.cells.get(letter.to)?.epoch ?? letter.epoch, answer);
  }

  flushed(marker: Marker): void {
    this.post.flushed(marker.to, marker.flush, marker.origin);
  }

  deadLetter(letter: Letter, reason: ErrorCode, detail: string): void {
    this.post.deadLetter(letter, reason, detail, this.cells.get(letter.to)?.epoch);
  }

  changed(cell: Cell, last: boolean): void {
    this.streams.changed(cell, last);
  }

  restarted(cell: Cell, error: WireError): void {
    this.post.send(this.main, { type: "restarted", id: cell.id, epoch: cell.epoch, error });
  }

  ended(cell: Cell, reason: string, error: WireError | undefined): void {
    this.#inHand.delete(cell);
    if (this.cells.get(cell.id) !== cell) return;
    this.cells.delete(cell.id);
    this.streams.ended(cell);
    this.serving.ended(cell);
    this.post.send(this.main, {
      type: "ended",
      id: cell.id,
      epoch: cell.epoch,
      reason,
      ...(error === undefined ? {} : { error }),
    });
  }

  tell(sender: ActorId, to: ActorId, message: string, input: unknown): boolean {
    return this.post.tell(sender, to, message, input);
  }

  ask(sender: ActorId, to: ActorId, message: string, input: unknown, options: AskOptions | undefined): Promise<unknown> {
    return this.post.ask(sender, to, message, input, options);
  }

  startChild(actor: AnyActor, options: StartOptions): Promise<void> {
    const call = ++this.#calls;
    this.post.send(this.main, { type: "startChild", call, spec: childSpec(actor, options) });
    return new Promise((resolve, reject) => this.#starting.set(call, { resolve, reject }));
  }

  job(module: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#jobs.run(module, input, signal);
  }

  ready(): Promise<void> {
    return this.post.ready();
  }

  log(level: "debug" | "info" | "warn" | "error", id: ActorId, message: string, data: unknown): void {
    this.post.send(this.main, { type: "log", level, id, message, data });
  }

  /** A packet came over a link. */
  receive(packet: Packet): void {
    this.post.receive(packet);
  }

  /** The thread ends: what waits settles, what was sent goes out. */
  close(): void {
    this.post.close();
    for (const cell of this.cells.values()) cell.timers.clear();
  }

  /** The thread is dead: no handler begins, no timer fires. */
  halt(): void {
    this.#halted = true;
    for (const cell of this.cells.values()) cell.timers.clear();
  }

  /** The failures of a batch, by position, when all have ended. */
  async #each<Order extends { readonly spec: { readonly id: ActorId } }>(
    orders: readonly Order[],
    begin: (order: Order) => void | Promise<void>,
  ): Promise<Failure[]> {
    const failures: Failure[] = [];
    const slow: Promise<void>[] = [];
    orders.forEach((order, index) => {
      const failed = (error: unknown): void => {
        failures.push({ index, error: toWireError(startError(order.spec.id, error)) });
      };
      try {
        const begun = begin(order);
        if (begun !== undefined) slow.push(begun.catch(failed));
      } catch (error) {
        failed(error);
      }
    });
    await Promise.all(slow);
    return failures;
  }

  #startOne(order: StartOrder): void | Promise<void> {
    const { id } = order.spec;
    this.#target.superseded(id, order.epoch);
    if (this.serving.promote(order)) return;
    const ending = this.serving.end(id);
    if (ending !== undefined) return ending.then(() => this.#startOne(order));
    if (this.cells.has(id))
      throw new AlreadyStarted(`actor ${id} already runs on thread ${this.thread} of node ${this.node}`, { id });
    const origin = this.secondaries.release(order);
    if (origin === undefined) return this.begin(order, undefined);
    const anew = (error: unknown): void | Promise<void> => {
      this.log("error", id, `actor ${id} cannot go on from the state of its copy, and begins anew`, toWireError(error));
      return this.begin(order, undefined);
    };
    try {
      return this.begin(order, origin)?.catch(anew);
    } catch (error) {
      return anew(error);
    }
  }

  /** Begins an actor here, or a copy that serves. */
  begin({ spec, epoch, bornAtMs }: StartOrder, origin: Origin | undefined): Promise<void> | undefined {
    const birth = { spec, epoch, mode: "active" as const, bornAtMs, watched: this.settings.standby === true };
    const cell = new Cell(this, this.behaviour(spec.actor), birth);
    this.cells.set(spec.id, cell);
    const forget = (): void => {
      const mail = cell.discard();
      if (this.cells.get(spec.id) === cell) this.cells.delete(spec.id);
      this.post.deliverAll(mail);
    };
    try {
      const begun = cell.begin(origin);
      return begun === undefined
        ? undefined
        : this.begunInTime(begun, spec.id).catch((error: unknown) => {
            forget();
            throw error;
          });
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** An `init` or `started` that does not end is a failed start: its batch must not wait for it for ever. */
  begunInTime(begun: Promise<void>, id: ActorId): Promise<void> {
    const { initTimeoutMs } = this.settings;
    return new Promise((resolve, reject) => {
      const late = this.clock.setTimeout(
        () => reject(new StartFailed(`the init of actor ${id} did not end within ${initTimeoutMs} ms`, { id })),
        initTimeoutMs,
      );
      begun.then(resolve, reject).finally(() => late.cancel());
    });
  }

  #serve(frame: ServiceFrame): void {
    switch (frame.type) {
      case "resolved":
        for (const { id, place, epoch } of frame.routes) this.post.routes.resolved(id, place ?? undefined, epoch);
        break;
      case "placeDown":
        this.#afterLastWords(frame.place, () => this.#placeDown(frame.place, frame.error));
        break;
      case "placeSettled":
        this.#afterLastWords(frame.place, () => this.post.placeSettled(frame.place));
        break;
      case "placeUp":
        this.post.placeUp(frame.place);
        break;
      case "renumber":
        for (const { id, epoch } of frame.actors) void this.#source.renumber(id, epoch);
        break;
      case "relocated":
        for (const { id, epoch, place } of frame.actors) this.post.routes.moved(id, epoch, place);
        break;
      case "evacuate":
        void this.post.evacuate(frame.node).then(() => this.post.send(this.main, { type: "evacuated", node: frame.node }));
        break;
      case "startedChild": {
        const call = this.#starting.get(frame.call);
        this.#starting.delete(frame.call);
        if (frame.error === undefined) call?.resolve();
        else call?.reject(fromWireError(frame.error));
        break;
      }
      case "jobDone":
        this.#jobs.done(frame);
        break;
      default:
        this.post.send(this.main, { type: "badFrame", peer: this.main, error: `a ${frame.type} frame to a thread` });
    }
  }

  /** The news of a death comes after its last words: a commit among them decides who runs the actor. */
  #afterLastWords(place: string, act: () => void): void {
    const drained = this.#ports.drained?.(place);
    if (drained === undefined) act();
    else void drained.then(act);
  }

  #placeDown(place: string, error: WireError): void {
    this.post.placeDown(place, error);
    this.#source.placeDown();
    this.#target.placeDown();
    this.streams.placeDown();
    const keeping = [...this.cells.values()].filter(({ phase }) => phase === "sent" || phase === "loaded");
    void this.post.passedOn(place, keeping).then(() => this.post.send(this.main, { type: "passedOn", place }));
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
    if (this.#nowMs > (this.#ports.boot.lease?.[0] ?? Number.POSITIVE_INFINITY)) {
      this.#running = false;
      this.#scheduled = true;
      this.clock.setTimeout(() => this.#turn(), fencedLookMs);
      return;
    }
    const endMs = this.#nowMs + turnMs;
    for (let cell = this.#queue.shift(); cell !== undefined; cell = this.#queue.shift()) {
      cell.queued = false;
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

  /** While async handlers are in hand, looks for those that do not end. */
  #watch(): void {
    this.#watching = true;
    const { stuckAfterMs } = this.settings;
    this.clock.setTimeout(() => {
      this.#watching = false;
      const nowMs = this.clock.now();
      for (const cell of this.#inHand) {
        const forMs = nowMs - cell.handlerSinceMs;
        if (forMs < stuckAfterMs || cell.stuckReported) continue;
        cell.stuckReported = true;
        this.post.send(this.main, { type: "stuck", id: cell.id, message: cell.inHand?.name ?? "start", forMs });
      }
      if (this.#inHand.size > 0) this.#watch();
    }, stuckAfterMs / 2);
  }
}

function startError(id: ActorId, error: unknown): HubError {
  if (error instanceof StartFailed || error instanceof AlreadyStarted) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StartFailed(`actor ${id} could not be started: ${text}`, { id }, error);
}
