/*
 * The one ledger of ids with which something is under way on this node: a start, a restart, a start elsewhere, a swap.
 * Without it two parts could start one id at the same time, each by its own list.
 */
import { type ActorId, type Checks, type Epoch, gather, type NodeName } from "@process-hub/protocol";

interface Start {
  /** Undefined where another node starts it. */
  readonly epoch: Epoch | undefined;
  /** Of an actor that starts again: its end is to be known by it. */
  readonly lineage: string | undefined;
  /** The actor has ended again before its start was known. */
  over: boolean;
  /** It was stopped before its start was known: what the start made is to end. */
  stopped: boolean;
}

/** The starts, restarts and swaps under way on this node, by id. A restart includes a start of the same id. */
export class Claims {
  readonly #starts = new Map<ActorId, Start>();
  readonly #waiting = new Map<ActorId, (() => void)[]>();
  readonly #restarts = new Set<ActorId>();
  readonly #placedElsewhere = new Set<ActorId>();
  readonly #swaps = new Set<ActorId>();
  readonly #waitingStarts = new Set<ActorId>();
  /** What other nodes were starting when this node met them. */
  readonly #elsewhere = new Map<ActorId, NodeName>();
  /** Who is to hear that a start of an id has ended. */
  readonly #toldOf = new Map<ActorId, () => void>();
  readonly #awaitingNodes = new Set<ActorId>();

  readonly #checks: Checks;

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  /** A start begins: here under an epoch, or (none) on another node. `lineage`: of the actor that starts here. */
  beginStart(id: ActorId, epoch: Epoch | undefined, lineage?: string): void {
    this.#checks.invariant(!this.#starts.has(id), "an actor is started by one start at a time", () => id);
    this.#starts.set(id, { epoch, lineage, over: false, stopped: false });
  }

  isStarting(id: ActorId): boolean {
    return this.#starts.has(id);
  }

  /** The start goes on under another epoch, on another thread. */
  continueStart(id: ActorId, epoch: Epoch): void {
    const start = this.#starts.get(id);
    if (start !== undefined) this.#starts.set(id, { ...start, epoch, over: false });
  }

  /** The start was stopped before it was known: its actor is never registered. False when no start of it is under way on this node itself. */
  stopStart(id: ActorId): boolean {
    const start = this.#starts.get(id);
    if (start?.epoch === undefined) return false;
    start.stopped = true;
    return true;
  }

  /** The lineage of the actor that starts here just now. */
  lineageOfStart(id: ActorId): string | undefined {
    return this.#starts.get(id)?.lineage;
  }

  /** True when the start under way was stopped. */
  isStopped(id: ActorId): boolean {
    return this.#starts.get(id)?.stopped === true;
  }

  /** The start has ended; its waiters go on. True when its actor has ended already: then the actor is never registered. */
  endStart(id: ActorId): boolean {
    const over = this.#starts.get(id)?.over === true;
    this.#starts.delete(id);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const resolve of waiting ?? []) resolve();
    this.#look(id);
    return over;
  }

  /** Resolves when no start of the actor is under way here. */
  startSettled(id: ActorId): Promise<void> {
    if (!this.#starts.has(id)) return Promise.resolve();
    return new Promise((resolve) => gather(this.#waiting, id, resolve));
  }

  /** An actor ended. True when its start is still under way. The late end of an earlier life, under a lower epoch, does not count. */
  endedEarly(id: ActorId, epoch: Epoch): boolean {
    const start = this.#starts.get(id);
    if (start?.epoch === undefined || epoch < start.epoch) return false;
    start.over = true;
    return true;
  }

  /** A restart of an actor begins here. */
  beginRestart(id: ActorId): void {
    this.#checks.invariant(!this.#restarts.has(id), "an actor is started again by one restart at a time", () => id);
    this.#restarts.add(id);
  }

  isRestarting(id: ActorId): boolean {
    return this.#restarts.has(id);
  }

  endRestart(id: ActorId): void {
    this.#restarts.delete(id);
    this.#look(id);
  }

  /** Another node was asked to start an orphan. */
  beginPlacing(id: ActorId): void {
    this.#checks.invariant(!this.#placedElsewhere.has(id), "an orphan is given to one node at a time", () => id);
    this.#placedElsewhere.add(id);
  }

  endPlacing(id: ActorId): void {
    this.#placedElsewhere.delete(id);
    this.#look(id);
  }

  /** True while this node restarts an actor, or has asked another node to: the id is not free. */
  isPlacing(id: ActorId): boolean {
    return this.#restarts.has(id) || this.#placedElsewhere.has(id);
  }

  /** The actor could not be started so far, and this node tries again. `forNode`: no node can run it. */
  beginWaiting(id: ActorId, forNode = false): void {
    this.#waitingStarts.add(id);
    if (forNode) this.#awaitingNodes.add(id);
    else this.#awaitingNodes.delete(id);
  }

  /** True while this node tries to start an actor again and again: nobody else here is to. */
  isWaiting(id: ActorId): boolean {
    return this.#waitingStarts.has(id);
  }

  endWaiting(id: ActorId): void {
    this.#waitingStarts.delete(id);
    this.#awaitingNodes.delete(id);
  }

  /** How many actors this node tries to start again and again. */
  get waitingStarts(): number {
    return this.#waitingStarts.size - this.#awaitingNodes.size;
  }

  /** How many actors that were never started wait here for a node that can run them. */
  get awaitingNodes(): number {
    return this.#awaitingNodes.size;
  }

  /** True while anything is under way here with an id: it may have no record, and is not free. */
  isUnderWay(id: ActorId): boolean {
    return this.isStarting(id) || this.isPlacing(id) || this.isWaiting(id) || this.isSwapping(id) || this.#elsewhere.has(id);
  }

  /** The ids that this node is starting, or has asked another node to start. */
  startsUnderWay(): ActorId[] {
    return [...new Set([...this.#starts.keys(), ...this.#restarts, ...this.#placedElsewhere])];
  }

  /** Calls `told` once, when no start of this id is under way here any more. An id has one such call at a time. */
  whenStarted(id: ActorId, told: () => void): void {
    this.#toldOf.set(id, told);
    this.#look(id);
  }

  /** Another node is starting these actors since before this node knew it. */
  heardOfStarts(node: NodeName, ids: readonly ActorId[]): void {
    for (const id of ids) this.#elsewhere.set(id, node);
  }

  /** Starts of another node have ended. Returns the ids among these that were held for it. */
  startsEnded(node: NodeName, ids: readonly ActorId[]): ActorId[] {
    return ids.filter((id) => this.#elsewhere.get(id) === node && this.#elsewhere.delete(id));
  }

  /** The ids that another node is starting since before this node knew it. */
  startedBy(node: NodeName): ActorId[] {
    return [...this.#elsewhere].flatMap(([id, starter]) => (starter === node ? [id] : []));
  }

  /** The node that is starting an actor since before this node knew it. */
  starterOf(id: ActorId): NodeName | undefined {
    return this.#elsewhere.get(id);
  }

  #look(id: ActorId): void {
    const told = this.#toldOf.get(id);
    if (told === undefined || this.isStarting(id) || this.isPlacing(id)) return;
    this.#toldOf.delete(id);
    told();
  }

  /** A cold swap begins: the actor is stopped here in order to start on another node. */
  beginSwap(id: ActorId): void {
    this.#checks.invariant(!this.#swaps.has(id), "an actor is swapped by one redistribution at a time", () => id);
    this.#swaps.add(id);
  }

  isSwapping(id: ActorId): boolean {
    return this.#swaps.has(id);
  }

  endSwap(id: ActorId): void {
    this.#swaps.delete(id);
  }
}
