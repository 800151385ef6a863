/**
 * Threads in the calling thread: the same runner and the same verbs, with a clock and definitions that are given.
 * Without them no test could run a whole cluster under a virtual clock, and repeat it from a seed.
 */
import type { AnyActor, Behaviour, Cell, Observer } from "@process-hub/actor";
import {
  type ActorId,
  after,
  type Checks,
  type Clock,
  type Packet,
  type PlaceId,
  placeFields,
  placeInWords,
  StartFailed,
  type Thread,
  type ThreadBoot,
  type ThreadControl,
  type ThreadExit,
  ThreadExited,
  type Threads,
} from "@process-hub/protocol";
import type { Link } from "../link/link.js";
import { Runner } from "../worker/runner.js";
import { InlineJobs } from "./inline-jobs.js";
import { InlineLink, type Soon } from "./inline-link.js";

/** The ports of inline threads. */
export interface InlineOptions {
  readonly clock: Clock;
  readonly actors: readonly AnyActor[];
  /** A clock of its own for each thread. Default: `clock` for all. */
  readonly clockOf?: (place: PlaceId) => Clock;
  readonly observer?: Observer | undefined;
  /** The checks for invariants and marks. Default: broken invariants are reported to the main thread. */
  readonly checks?: Checks | undefined;
}

/** How long the end of all threads waits for one that is blocked. */
const stopWithinMs = 1_000;

/** A thread in the calling thread: the same runner, the same five verbs, the clock and the definitions it is given. */
export class InlineThread implements Thread {
  readonly place: PlaceId;
  readonly #clock: Clock;
  readonly #hostClock: Clock;
  /** By place. A link to a thread that has ended stays, so that packets for it go nowhere, and not by way of the host. */
  readonly #links = new Map<PlaceId, Link>();
  readonly #runner: Runner;
  /** The two ends of the link between this thread and its host. */
  readonly #host: Link;
  readonly #atHost: Link;
  #exit: (exit: ThreadExit) => void = () => {};
  #alive = true;
  #inbox: (() => void)[] = [];
  /** Gives up the control calls under way: nobody answers them any more. */
  readonly #calls = new Set<() => void>();
  /** While its event loop does not turn: resolves when it does again, or has ended. */
  #blocked: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  /** `clock`: the thread's own; `hostClock`: that of the main thread, which hears of the thread by it. */
  constructor(
    boot: ThreadBoot,
    behaviours: ReadonlyMap<string, Behaviour>,
    clock: Clock,
    { clock: hostClock, observer, checks }: Pick<InlineOptions, "clock" | "observer" | "checks">,
  ) {
    this.place = boot.place;
    this.#clock = clock;
    this.#hostClock = hostClock;
    [this.#host, this.#atHost] = InlineLink.pair(this.#soon, (run) => hostClock.defer(run));
    const transmit = (packet: Packet): void => (this.#links.get(packet.to) ?? this.#host).send(packet);
    this.#runner = new Runner({ boot, clock, behaviours, transmit, observer, checks });
    this.#host.onPacket((packet) => this.receive(packet));
  }

  /** A direct link between two threads: neither needs the host to reach the other. */
  static connect(a: InlineThread, b: InlineThread): void {
    const [atA, atB] = InlineLink.pair(a.#soon, b.#soon);
    a.#link(b.place, atA);
    b.#link(a.place, atB);
  }

  /** Its actors, whatever their phase. */
  get cells(): Cell[] {
    return [...this.#runner.cells.values()];
  }

  /** The passive replicas it keeps. */
  get passiveReplicas(): Cell[] {
    return this.#runner.passiveReplicas.cells;
  }

  /** How many asks of it wait for a reply. */
  get asks(): number {
    return this.#runner.mailer.asks.size;
  }

  /** How many of its messages and markers wait for a route. */
  get held(): number {
    return this.#runner.mailer.routes.heldEnvelopes;
  }

  /** How many of those wait for one actor. */
  heldFor(id: ActorId): number {
    return this.#runner.mailer.routes.heldFor(id);
  }

  /** How many messages and markers wait for one actor. */
  mailFor(id: ActorId): number {
    return this.#runner.mailer.routes.mailFor(id);
  }

  get alive(): boolean {
    return this.#alive;
  }

  async start(): Promise<ThreadControl> {
    const { control } = this.#runner;
    const guard = async <T>(call: () => Promise<T>): Promise<T> => {
      while (this.#blocked !== undefined) await this.#blocked.over;
      if (!this.#alive) throw this.#gone();
      return new Promise((resolve, reject) => {
        const giveUp = (): void => reject(this.#gone());
        this.#calls.add(giveUp);
        call()
          .finally(() => this.#calls.delete(giveUp))
          .then(resolve, reject);
      });
    };
    return {
      start: (orders) => guard(() => control.start(orders)),
      cancelStarts: (orders) => guard(() => control.cancelStarts(orders)),
      stop: (ids, deadlineMs, toGoOn, why) => guard(() => control.stop(ids, deadlineMs, toGoOn, why)),
      move: (order) => guard(() => control.move(order)),
      yieldDuplicate: (id, life, deadlineMs) => guard(() => control.yieldDuplicate(id, life, deadlineMs)),
      handled: (ids) => guard(() => control.handled(ids)),
      mergeDuplicate: (id, state, deadlineMs) => guard(() => control.mergeDuplicate(id, state, deadlineMs)),
      redescribe: (id, update) => guard(() => control.redescribe(id, update)),
      isThere: (id) => guard(() => control.isThere(id)),
      present: (page) => guard(() => control.present(page)),
      sayAgain: (ids) => guard(() => control.sayAgain(ids)),
      depths: () => guard(() => control.depths()),
      stand: (orders) => guard(() => control.stand(orders)),
      unstand: (replicas) => guard(() => control.unstand(replicas)),
      retire: (ids) => guard(() => control.retire(ids)),
      standbys: (ids) => guard(() => control.standbys(ids)),
    };
  }

  send(packet: Packet): void {
    this.#atHost.send(packet);
  }

  /** Takes in a packet that came over a link, whichever: a test may hold it back here. */
  receive(packet: Packet): void {
    this.#runner.receive(packet);
  }

  onMessage(listener: (packet: Packet) => void): void {
    this.#atHost.onPacket(listener);
  }

  onExit(listener: (exit: ThreadExit) => void): void {
    this.#exit = listener;
  }

  /** Takes no control calls until `unblock`, as a thread that is busy. Its clock is to stand still meanwhile. */
  block(): void {
    let end = (): void => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#blocked ??= { over, end };
  }

  /** Takes control calls again, those that came meanwhile first. */
  unblock(): void {
    const { end } = this.#blocked ?? {};
    this.#blocked = undefined;
    end?.();
  }

  async stop(deadlineMs = stopWithinMs): Promise<void> {
    if (this.#blocked !== undefined) await Promise.race([this.#blocked.over, after(this.#hostClock, deadlineMs)]);
    if (!this.#alive) return;
    if (this.#blocked !== undefined) {
      this.#end({ kind: "stopped" });
      return;
    }
    this.#runner.close();
    await new Promise<void>((resolve) => this.#clock.defer(() => resolve()));
    this.#end({ kind: "stopped" });
  }

  /** Ends it at once, as an uncaught error would: nothing it holds is sent to anyone. */
  kill(error: Error): void {
    if (!this.#alive) return;
    this.#end({ kind: "died", error });
  }

  #gone(): ThreadExited {
    return new ThreadExited(`${placeInWords(this.place)} has ended`, placeFields(this.place));
  }

  #link(peer: PlaceId, link: Link): void {
    this.#links.set(peer, link);
    link.onPacket((packet) => this.receive(packet));
    if (!this.#alive) link.close();
  }

  /** Packets that come over all links of the thread in one turn are taken in one turn. */
  readonly #soon: Soon = (run) => {
    this.#inbox.push(run);
    if (this.#inbox.length === 1) this.#clock.defer(() => this.#receive());
  };

  #receive(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const take of inbox) if (this.#alive) take();
  }

  #end(exit: ThreadExit): void {
    this.#alive = false;
    for (const link of [this.#host, ...this.#links.values()]) link.close();
    this.#runner.halt();
    this.unblock();
    for (const giveUp of [...this.#calls]) giveUp();
    this.#hostClock.defer(() => this.#exit(exit));
  }
}

/** Threads in the calling thread, for tests and simulation. */
export class InlineThreads implements Threads {
  readonly jobs = new InlineJobs();
  readonly #options: InlineOptions;
  readonly #threads = new Map<PlaceId, InlineThread>();

  constructor(options: InlineOptions) {
    this.#options = options;
  }

  spawn(boot: ThreadBoot): InlineThread {
    const behaviours = new Map<string, Behaviour>();
    for (const { name } of boot.actors) {
      const definition = this.#options.actors.find((actor) => actor.name === name);
      if (definition === undefined)
        throw new StartFailed(`no definition of actor ${name} was given to the inline threads`, { actor: name });
      behaviours.set(name, definition.behaviour);
    }
    const { clock, clockOf } = this.#options;
    const thread = new InlineThread(boot, behaviours, clockOf?.(boot.place) ?? clock, this.#options);
    this.#threads.set(boot.place, thread);
    return thread;
  }

  connect(a: InlineThread, b: InlineThread): void {
    InlineThread.connect(a, b);
  }

  /** The threads that have not ended. */
  get living(): InlineThread[] {
    return [...this.#threads.values()].filter(({ alive }) => alive);
  }

  /** The thread of a place: to kill it. */
  at(place: PlaceId): InlineThread | undefined {
    return this.#threads.get(place);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.stop()));
  }
}
