/*
 * The threads of one node by index: starts and stops them, counts over their lives, and notices those that do not answer.
 * Without it the node could not tell a blocked thread from a busy one, and the counters of a dead thread would be lost.
 */
import {
  type ActorId,
  type ActorModule,
  AskTimeout,
  after,
  type Clock,
  type CounterName,
  counterNames,
  createCounters,
  type Failure,
  type Packet,
  type PlaceId,
  placeFields,
  placeInWords,
  readCounters,
  type Thread,
  type ThreadControl,
  type ThreadExit,
  ThreadExited,
  type ThreadSettings,
  type Threads,
  threadPlace,
  type WireError,
} from "@process-hub/protocol";
import { hash32, threadOf } from "@process-hub/strategies";

/** The settings and facts that a node's threads are started with, and whom they tell. */
export interface ThreadGroupPorts {
  readonly hub: string;
  readonly node: string;
  readonly incarnation: string;
  readonly main: PlaceId;
  readonly count: number;
  readonly clock: Clock;
  readonly threads: Threads;
  readonly settings: ThreadSettings;
  readonly actors: readonly ActorModule[];
  /** The node's right to serve, shared with its threads. */
  readonly lease: Float64Array;
  readonly packet: (packet: Packet) => void;
  /** A thread died, and its last messages have been read. */
  readonly exited: (slot: number, place: PlaceId, error: Error) => void;
  /** A thread that has a successor has ended, and its last messages have been read. */
  readonly left: (place: PlaceId) => void;
  /** A thread has not answered for `forMs`: a handler blocks it. Called once each time. */
  readonly blocked: (slot: number, forMs: number) => void;
}

interface Slot {
  readonly index: number;
  readonly life: number;
  place: PlaceId;
  thread: Thread;
  control: ThreadControl | undefined;
  counters: Float64Array;
  /** When it was asked for a sign of life that has not come; 0 when none is awaited. */
  askedAtMs: number;
  blockedTold: boolean;
  readonly silent: Set<(error: Error) => void>;
}

/** The threads of one node, by index. A thread that dies is replaced under its index by its next life. */
export class ThreadGroup {
  readonly #ports: ThreadGroupPorts;
  readonly #slots: Slot[] = [];
  /** Threads that run beside their successors, until their actors are there. */
  readonly #leaving = new Set<Slot>();
  /** The latest life of each index. */
  readonly #lives: number[] = [];
  readonly #past = new Map<CounterName, number>();
  #closing = false;

  constructor(ports: ThreadGroupPorts) {
    this.#ports = ports;
  }

  /** The places of the threads, by index. */
  get places(): PlaceId[] {
    return this.#slots.map(({ place }) => place);
  }

  /** The places of all threads that run, of those that leave too. */
  get running(): PlaceId[] {
    return this.#all.filter(({ control }) => control !== undefined).map(({ place }) => place);
  }

  get #all(): Slot[] {
    return [...this.#slots, ...this.#leaving];
  }

  /** Starts all threads. Rejects with the first failure, after stopping the others. */
  async start(): Promise<void> {
    for (let i = 0; i < this.#ports.count; i++) this.#slots.push(this.#spawn(i));
    const started = await Promise.allSettled(this.#slots.map((slot) => this.#run(slot)));
    const failed = started.find((result) => result.status === "rejected");
    if (failed === undefined) this.#watch();
    if (failed === undefined) return;
    await this.stop(0);
    throw failed.reason;
  }

  /** The control of the thread at a place. Throws `ThreadExited` when that thread has ended. */
  control(place: PlaceId): ThreadControl {
    const slot = this.#at(place);
    if (slot?.control === undefined) throw new ThreadExited(`${placeInWords(place)} has ended`, placeFields(place));
    return slot.control;
  }

  /** The outcome of a call to the thread at a place. Rejects when the thread gives no sign of life for longer than any step of a handoff may take. */
  async unlessBlocked<T>(place: PlaceId, call: Promise<T>): Promise<T> {
    const silent = this.#at(place)?.silent;
    if (silent === undefined) return call;
    let give = (_error: Error): void => {};
    const blocked = new Promise<never>((_, reject) => {
      give = reject;
    });
    silent.add(give);
    return Promise.race([call, blocked]).finally(() => silent.delete(give));
  }

  has(place: PlaceId): boolean {
    return this.#at(place)?.control !== undefined;
  }

  /**
   * The thread of this node that an id belongs to, or the next running thread; one that is known to be blocked only when all are.
   * `but`: not these.
   */
  placeFor(id: ActorId, but: readonly PlaceId[] = []): PlaceId | undefined {
    const { length } = this.#slots;
    const first = threadOf(id, length);
    const inOrder = this.#slots.map((_, i) => this.#slots[(first + i) % length]);
    const running = inOrder.filter((slot) => slot?.control !== undefined && !but.includes(slot.place));
    return (running.find((slot) => slot?.blockedTold === false) ?? running[0])?.place;
  }

  send(packet: Packet): boolean {
    const slot = this.#at(packet.to);
    slot?.thread.send(packet);
    return slot !== undefined;
  }

  /** Replaces a dead thread. Rejects when the new one cannot start. */
  async replace(index: number): Promise<void> {
    const before = this.#slots[index];
    if (before === undefined || this.#closing) return;
    const slot = this.#spawn(index);
    this.#slots[index] = slot;
    await this.#run(slot);
  }

  /**
   * Starts the successor of a thread that runs, beside it: the index is the successor's from then on. Resolves with its place; undefined when the
   * thread has ended meanwhile. Rejects when the successor cannot start.
   */
  async succeed(place: PlaceId): Promise<PlaceId | undefined> {
    const before = this.#slots.find((slot) => slot.place === place);
    if (before?.control === undefined || this.#closing) return undefined;
    const slot = this.#spawn(before.index);
    await this.#run(slot);
    const isOver = before.control === undefined || slot.control === undefined;
    if (this.#closing || isOver || this.#slots[before.index] !== before) {
      await slot.thread.stop(0);
      return undefined;
    }
    this.#slots[before.index] = slot;
    this.#leaving.add(before);
    return slot.place;
  }

  /** Ends a thread that has a successor. */
  async end(place: PlaceId, deadlineMs: number): Promise<void> {
    const leaving = [...this.#leaving].find((slot) => slot.place === place);
    await leaving?.thread.stop(deadlineMs);
  }

  /** The counters of a thread, living or dead, as of now. */
  counters(place: PlaceId): Record<CounterName, number> | undefined {
    const slot = this.#at(place);
    return slot && readCounters(slot.counters);
  }

  /** The counters of the present threads, and the sums over those that died. */
  figures(): {
    readonly living: { readonly place: PlaceId; readonly counters: Record<CounterName, number> }[];
    readonly past: Map<CounterName, number>;
  } {
    return { living: this.#all.map(({ place, counters }) => ({ place, counters: readCounters(counters) })), past: this.#past };
  }

  /** Ends the threads that give no sign of life within some time, as this node closes. Resolves with their places. */
  async endBlocked(withinMs: number): Promise<PlaceId[]> {
    this.#closing = true;
    const { clock } = this.#ports;
    const ended = this.#all.map(async ({ place, thread, control }): Promise<PlaceId[]> => {
      const answers = control?.depths().then(
        () => true,
        () => true,
      );
      if (answers === undefined || (await Promise.race([answers, after(clock, withinMs)])) === true) return [];
      await thread.stop(0);
      return [place];
    });
    return (await Promise.all(ended)).flat();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#all.map(({ thread }) => thread.stop(deadlineMs)));
  }

  #at(place: PlaceId): Slot | undefined {
    return this.#all.find((slot) => slot.place === place);
  }

  #spawn(index: number): Slot {
    const life = (this.#lives[index] ?? -1) + 1;
    this.#lives[index] = life;
    const { hub, node, incarnation, main, settings, actors, threads, lease } = this.#ports;
    const place = threadPlace(node, incarnation, index, life);
    const counters = createCounters();
    // The place has the node's incarnation, which chance made: so each thread has a chance of its own, and a simulated one repeats itself.
    const seed = hash32(place, 0);
    const thread = threads.spawn({ hub, place, main, settings, actors: [...actors], counters, seed, lease });
    return { index, life, place, thread, control: undefined, counters, askedAtMs: 0, blockedTold: false, silent: new Set() };
  }

  async #run(slot: Slot): Promise<void> {
    const { threads, packet } = this.#ports;
    slot.thread.onMessage(packet);
    slot.thread.onExit((exit) => this.#exited(slot, exit));
    const control = await slot.thread.start();
    for (const other of this.#all) if (other !== slot && other.control !== undefined) threads.connect(slot.thread, other.thread);
    slot.control = control;
  }

  /** Asks each thread for a sign of life every half `stuckAfterMs`, and tells of each that gives none. */
  #watch(): void {
    if (this.#closing) return;
    const { clock, settings } = this.#ports;
    const nowMs = clock.now();
    for (const slot of this.#all) this.#look(slot, nowMs);
    clock.setTimeout(() => this.#watch(), settings.stuckAfterMs / 2);
  }

  #look(slot: Slot, nowMs: number): void {
    const { settings } = this.#ports;
    const { place } = slot;
    if (slot.control === undefined) return;
    if (slot.askedAtMs === 0) {
      slot.askedAtMs = nowMs;
      const answered = (): void => {
        slot.askedAtMs = 0;
        slot.blockedTold = false;
      };
      slot.control.depths().then(answered, answered);
      return;
    }
    const forMs = nowMs - slot.askedAtMs;
    if (forMs >= settings.stuckAfterMs && !slot.blockedTold) {
      slot.blockedTold = true;
      this.#ports.blocked(slot.index, forMs);
    }
    if (forMs < settings.stuckAfterMs + settings.handoffTimeoutMs) return;
    const text = `${placeInWords(place)} has not answered for ${Math.round(forMs)} ms: it is blocked`;
    const error = new AskTimeout(text, placeFields(place));
    for (const give of [...slot.silent]) give(error);
  }

  #exited(slot: Slot, exit: ThreadExit): void {
    const wasRunning = slot.control !== undefined;
    slot.control = undefined;
    if (this.#closing || !wasRunning) return;
    // A successor that ends before it has its index has had no actor.
    if (this.#slots[slot.index] !== slot && !this.#leaving.has(slot)) return;
    if (this.#leaving.has(slot)) this.#ports.left(slot.place);
    else if (exit.kind === "stopped") return;
    else this.#ports.exited(slot.index, slot.place, exit.error);
    const last = readCounters(slot.counters);
    for (const name of counterNames) {
      const before = this.#past.get(name) ?? 0;
      this.#past.set(name, name === "longestPauseMs" ? Math.max(before, last[name]) : before + last[name]);
    }
    slot.counters.fill(0);
    this.#leaving.delete(slot);
  }
}

/** The failures of a batch by id. */
export function failuresById(ids: readonly ActorId[], failures: readonly Failure[]): Map<ActorId, WireError> {
  return new Map(failures.flatMap(({ index, error }) => (ids[index] === undefined ? [] : [[ids[index], error] as const])));
}
