import {
  AbortReason,
  type ActorId,
  type ChildSpec,
  diagnostics,
  type Epoch,
  type Life,
  type Mode,
  type OwedReply,
  type PlaceId,
  type Refusal,
  refusal,
  toWireError,
  Waiters,
} from "@process-hub/protocol";
import type { Behaviour, Handler, PlannedMove } from "../definition/definition.js";
import type { Caller } from "./caller.js";
import { beginStream, handleBeside } from "./cell-beside.js";
import { consentCell } from "./cell-consent.js";
import { CellContext } from "./cell-context.js";
import type { CellCore, CellTasks, HandlersBeside } from "./cell-core.js";
import { mergeCell, yieldCell } from "./cell-duplicate.js";
import type { CellHost } from "./cell-host.js";
import { idleWatch, isForNextLife } from "./cell-idle.js";
import { commitCell, departCell, discardCell, loadCell, packCell, sealCell, unpackCell, unsealCell } from "./cell-move.js";
import { notLater, putOff, refuseAllOwed } from "./cell-owed.js";
import type { CellPhase } from "./cell-phase.js";
import { readReplicaState } from "./cell-replica.js";
import { beginCell, type Origin, restartCell } from "./cell-start.js";
import { actorStopped, cutOffHandlers, finish, refuseBeside, stopCell, stopIfTold } from "./cell-stop.js";
import { afterThrow, stoppedByThrow } from "./cell-throw.js";
import { timerMessage, timersLeft } from "./cell-timers.js";
import { ConcurrentHandlers, withdrawHandler } from "./concurrent-handlers.js";
import { CurrentWork, isPromise } from "./current-work.js";
import type { Envelope, Mail } from "./envelope.js";
import type { IdleWatch } from "./idle-watch.js";
import { Mailbox } from "./mailbox.js";
import { OpenAsks } from "./open-asks.js";
import { closeError, closeReply, openEnvelope } from "./open-envelope.js";
import { OwedReplies } from "./owed-replies.js";
import { RecentRecipients } from "./recent-recipients.js";
import { RestartWindow } from "./restart-window.js";
import { Tasks } from "./tasks.js";
import type { ActorTies, Kept } from "./ties.js";
import { ActorTimers, type FrozenTimer, type TimerMessage } from "./timers.js";
import { toldHandler } from "./told-handler.js";
import { reportUntravelable } from "./untravelable-state.js";

/** The timers of a cell that runs. */
const noTimers: readonly FrozenTimer[] = Object.freeze([]);

/** A handler that does not end, and for how long it has run. */
export interface StuckHandler {
  readonly message: string;
  readonly forMs: number;
}

/** What goes with a state: timers, and answers that are owed. */
export interface CarriedAlong extends Kept {
  readonly owed?: readonly OwedReply[] | undefined;
}

/** The facts a cell begins with. */
export interface CellBirth {
  readonly spec: ChildSpec;
  readonly epoch: Epoch;
  readonly mode: Mode;
  readonly life: Life;
  /** The host hears of every change to the state. Default: it does not. */
  readonly watched?: boolean;
}

/**
 * Runs one actor: its state, its mailbox, one handler at a time. This file has the path of every message; rarer events are in a
 * file of its own beside it: `cell-start`, `cell-stop`, `cell-move`, `cell-replica`, `cell-duplicate`, `cell-timers`. They see `CellCore`.
 * Without it two handlers of one actor could run at once, or a message could be handled by a life it was not sent to.
 */
export class Cell implements CellCore, Caller {
  readonly host: CellHost;
  readonly behaviour: Behaviour;
  /** Its tag and metadata change while it runs: see `hub.update`. */
  spec: ChildSpec;
  readonly timers: ActorTimers;
  readonly mode: Mode;
  life: Life;
  /** How many messages its life has handled. */
  handled = 0;
  readonly watched: boolean;
  epoch: Epoch;
  /** The highest epoch this place knows to be used up, reservations of failed moves included. */
  usedEpoch: Epoch;
  phase: CellPhase = "starting";
  /** The message whose handler runs. */
  inHand: Envelope | undefined;
  /** Whom it wrote to, and when last: what it sent them must have arrived before it moves. Made with the first. */
  recentRecipients: RecentRecipients | undefined;
  /** The state as it is. Outside this package it is only read, to check or copy it. */
  state: unknown;
  /** The timers of a cell that does not run, with the time they have left. */
  frozenTimers: readonly FrozenTimer[] = noTimers;
  /** Made with the first: most actors have none. */
  ties: ActorTies | undefined;
  /** What is to go on with its last state, of an actor that stops to go on later: its timers and ties end as it stops. */
  kept: Kept | undefined;
  /** It stops since its node pauses, and is to go on when that serves again, whatever else had it stop before. */
  goesOnLater = false;

  // What follows is for the files of this room: see `CellCore`.

  #queued = false;
  /** Made with the first ask: most actors ask nobody. */
  #openAsks: OpenAsks | undefined;
  #handlerSinceMs = 0;
  #stuckReported = false;
  context: CellContext;
  readonly mail: Mailbox;
  readonly work: CurrentWork;
  /** The handlers of concurrent messages in hand: made with the first. */
  #beside: ConcurrentHandlers | undefined;
  #tasks: Tasks | undefined;
  #owed: OwedReplies | undefined;
  /** Made with the first crash: most actors have none. */
  #restarts: RestartWindow | undefined;
  /** True while `init`, or what stands for it, is called. */
  creating = false;
  /** Set while it waits between a crash and its next life: ends that wait. */
  endPause: (() => void) | undefined;
  /** Why it is to stop. */
  stopReason: string | undefined;
  stopsItself = false;
  toHandle = 0;
  toHandleBeside = 0;
  readonly idle: IdleWatch | undefined;
  stopRefusal: Refusal | undefined;
  /** Settles when `stopping` has run. */
  ending: Promise<void> | undefined;
  /** Where the mail goes that is left at the end; without it, it is turned away. */
  leaveMail: ((mail: Mail[]) => void) | undefined;
  /** The waits for its end. */
  awaiting: Waiters | undefined;
  /** How many wait to take the place of the next handler: until they had it, none begins. */
  nextTurns = 0;

  constructor(host: CellHost, behaviour: Behaviour, birth: CellBirth) {
    this.host = host;
    this.behaviour = behaviour;
    this.spec = birth.spec;
    this.epoch = birth.epoch;
    this.usedEpoch = birth.epoch;
    this.mode = birth.mode;
    this.life = birth.life;
    host.observer?.born?.(birth.life);
    this.watched = birth.watched === true;
    this.timers = new ActorTimers(host.clock, this);
    this.idle = idleWatch(this);
    this.context = new CellContext(this);
    this.mail = new Mailbox(host, behaviour.concurrent);
    this.work = new CurrentWork(this);
  }

  /** Its work in hand has begun, or ended. */
  workChanged(busy: boolean): void {
    this.#handlerSinceMs = this.host.now();
    this.#stuckReported = false;
    this.host.busy(this, busy);
  }

  get id(): string {
    return this.spec.id;
  }

  /** When the work in hand began. */
  get handlerSinceMs(): number {
    return this.#handlerSinceMs;
  }

  get waiting(): number {
    return this.mail.waiting;
  }

  /** How many messages wait to be handled here: those that a move takes along. */
  get envelopes(): number {
    return this.mail.size;
  }

  get runnable(): boolean {
    if (this.phase !== "running" || this.mail.size === 0) return false;
    if (this.mail.concurrent > 0 && this.#mayRunBeside) return true;
    return !this.work.busy && this.nextTurns === 0 && !this.#isToEnd && this.mail.size > this.mail.concurrent;
  }

  /** Only the handlers in hand keep it from its end. */
  get #isToEnd(): boolean {
    return this.stopReason !== undefined && this.toHandle === 0 && this.toHandleBeside === 0;
  }

  /** True while a concurrent message need not wait: what is in hand, if anything, is a handler, and not a new life or a merge of states. */
  get #mayRunBeside(): boolean {
    const isFull = (this.#beside?.count ?? 0) >= this.host.limits.actorWindow;
    return !isFull && !this.#isToEnd && (!this.work.busy || this.inHand !== undefined);
  }

  #isConcurrent(name: string): boolean {
    return this.behaviour.concurrent?.has(name) === true;
  }

  get restarts(): RestartWindow {
    const { restartMax, restartWithinMs } = this.host.limits;
    return (this.#restarts ??= new RestartWindow(restartMax, restartWithinMs));
  }

  get owed(): OwedReplies | undefined {
    return this.#owed;
  }

  makeOwed(): OwedReplies {
    return (this.#owed ??= new OwedReplies(this.host.clock));
  }

  /** Its timers, as they travel. */
  timersLeft(): FrozenTimer[] {
    return timersLeft(this);
  }

  /** The answers that it owes, as they travel. */
  owedLeft(): OwedReply[] | undefined {
    return this.#owed?.any === true ? this.#owed.left() : undefined;
  }

  /** Its work beside its mailbox; absent: there was none yet. */
  get tasks(): CellTasks | undefined {
    return this.#tasks;
  }

  makeTasks(): CellTasks {
    return (this.#tasks ??= new Tasks(this));
  }

  get beside(): HandlersBeside | undefined {
    return this.#beside;
  }

  makeBeside(): ConcurrentHandlers {
    return (this.#beside ??= new ConcurrentHandlers());
  }

  /** Messages that wait, in order, without those kept aside. */
  get mailbox(): Iterable<Envelope> {
    return this.mail.envelopes;
  }

  /** True when it is to end, and has not yet. */
  get isEnding(): boolean {
    return this.stopReason !== undefined && this.phase !== "ended";
  }

  /** Resolves when it has ended here, or left. */
  over(): Promise<void> {
    if (this.phase === "ended") return Promise.resolve();
    this.awaiting ??= new Waiters();
    return this.awaiting.wait();
  }

  /** True when no handler is in hand, so that the state is whole. */
  get between(): boolean {
    return (this.phase === "running" || this.phase === "sealed" || this.phase === "stopping") && !this.work.busy;
  }

  /** True when no handler of any kind is in hand, nor other work. */
  get isIdle(): boolean {
    return !this.work.busy && this.#beside?.any !== true;
  }

  /**
   * Runs `init` (or goes on from a replica), `started` and `signal`. Throws, or rejects, what they throw; bad arguments are an
   * `InvalidMessage`, a bad first state an `InvalidState`. A passive replica is not `started` before it serves.
   */
  begin(origin?: Origin): void | Promise<void> {
    return beginCell(this, origin);
  }

  /** Takes mail that arrived for this cell's epoch: to the mailbox, or aside once it has left or while it is only loaded. */
  take(mail: Mail): void {
    if (this.phase === "sent" || this.phase === "loaded") this.mail.putAside(mail);
    else if (this.stopReason !== undefined && isForNextLife(this, mail)) this.mail.putAside(mail);
    else if (mail.kind === "marker") this.host.markerMet(mail);
    else if (this.phase === "ended") this.mail.turnAway(mail, actorStopped(this));
    else if (this.mail.put(mail)) {
      this.host.wake(this);
      if (mail.ask !== 0 && mail.sender !== null && this.#waitsForAny && !this.#isConcurrent(mail.name))
        this.host.waitsBehind(this.id);
    }
    this.host.observer?.waits?.(this, this.host.place, this.host.limits.mailbox);
  }

  /** The asks that the handler in hand waits for; or that of another ask that is in hand beside it. */
  openAsks(origin?: PlaceId, ask?: number): readonly number[] {
    const other = origin === undefined || ask === undefined ? undefined : this.#beside?.of(origin, ask);
    if (other !== undefined) return other.openAsks();
    return this.#isAtWork ? (this.#openAsks?.open() ?? []) : [];
  }

  get #waitsForAny(): boolean {
    return this.#openAsks?.any === true && this.#isAtWork;
  }

  waitsFor(ask: number): boolean {
    return this.#isAtWork && this.#openAsks?.has(ask) === true;
  }

  get #isAtWork(): boolean {
    return this.inHand !== undefined || this.work.busy;
  }

  /** Whether an ask waits behind the handler in hand, is in hand itself, or is so beside another; undefined: none of these. */
  holdsAsk(origin: PlaceId, ask: number): "waits" | "inHand" | "beside" | undefined {
    if (this.inHand?.ask === ask && this.inHand.origin === origin) return "inHand";
    if (this.#beside?.of(origin, ask) !== undefined) return "beside";
    const waiting = this.mail.find(origin, ask);
    return waiting === undefined || this.#isConcurrent(waiting.name) ? undefined : "waits";
  }

  /** Refuses an ask that waits here, because it waits for itself. */
  refuseCycle(origin: PlaceId, ask: number, path: readonly ActorId[]): void {
    const envelope = this.phase === "sent" ? undefined : this.mail.remove(origin, ask);
    if (envelope === undefined) return;
    const { to, name } = envelope;
    this.host.checks.mark("askCycle");
    const text = `the ask ${name} of actor ${to} would wait for itself: ${path.join(" > ")}. One of them can tell instead, or answer later`;
    this.mail.refuse(envelope, refusal("AskCycle", text, { id: to, message: name, path }));
  }

  /** An ask was aborted by its asker: it leaves the mailbox, or its handler is to end, with all it asked. False: it is not here. */
  withdraw(origin: PlaceId, ask: number): boolean {
    const beside = this.#beside?.of(origin, ask);
    if (beside !== undefined) {
      this.#owed?.forget(origin, ask);
      withdrawHandler(this, beside);
      return true;
    }
    // Its handler may go on all the same.
    const owed = this.#owed?.forget(origin, ask) === true;
    if (this.inHand?.ask !== ask || this.inHand.origin !== origin)
      return owed || this.mail.withdraw(origin, ask, this.phase === "sent");
    this.context.giveUp("Aborted", "the asker has aborted its ask");
    const open = this.openAsks();
    if (open.length > 0)
      this.host.abortAsks(open, new AbortReason("Aborted", `the asker of ${this.inHand.name} has aborted its ask`));
    return true;
  }

  /** The handler in hand, or `init`, has asked. One that was asked between two handlers is waited for by none. */
  noteAsk(ask: number): void {
    if (!this.#isAtWork && !this.creating) return;
    (this.#openAsks ??= new OpenAsks((each) => this.host.isPending(each))).add(ask);
  }

  /** True when a place was told that this actor takes no more for now. */
  isFullFor(place: PlaceId): boolean {
    return this.mail.isFullFor(place);
  }

  /** Those who write to it wait for it, and it for them: it takes in more, up to the limit of its mailbox. */
  widen(): void {
    this.mail.widen();
  }

  /** The message of a timer that has fired. */
  makeOwn(message: TimerMessage): Envelope {
    return timerMessage(this, message);
  }

  /** The message of a timer or a task, or about another actor, joins the others however many these are: an actor's own clock does not stop because others write to it. */
  takeOwn(envelope: Envelope): void {
    this.mail.putTimer(envelope);
    this.host.wake(this);
    this.host.observer?.waits?.(this, this.host.place, this.host.limits.mailbox, envelope);
  }

  /** Handles the next message. An async handler leaves the cell busy until it ends: until then only concurrent messages are next. */
  step(): void {
    this.host.checks.invariant(
      this.runnable || this.mail.size === 0,
      "only a running cell, with nothing in hand, handles a message",
    );
    const beside = this.work.busy || this.nextTurns > 0 ? "only" : this.#mayRunBeside ? "too" : "not";
    if (this.watched && beside !== "only" && this.#mayWait(beside) && this.host.taking(this)) return;
    const envelope = this.mail.next(beside);
    if (envelope === undefined) return;
    this.timers.handling(envelope);
    this.ties?.handling(envelope);
    this.idle?.used(this.host.now());
    if (this.#isConcurrent(envelope.name)) this.toHandleBeside = Math.max(0, this.toHandleBeside - 1);
    else if (this.toHandle > 0) this.toHandle--;
    if (envelope.expiresAtMs !== 0 && envelope.expiresAtMs <= this.host.now()) {
      this.host.count("expired");
      stopIfTold(this);
      return;
    }
    const opened = openEnvelope(envelope, this.behaviour);
    if ("handler" in opened) {
      const { handler, input } = opened;
      // A tell to a stream is refused.
      const isRun = handler.items === undefined || envelope.ask !== 0;
      if (!diagnostics.handle.hasSubscribers || !isRun) this.#run(envelope, handler, input);
      else {
        const told = toldHandler(this, envelope, handler);
        this.#run(told.envelope, told.handler, input);
      }
      return;
    }
    this.mail.refuse(envelope, opened);
    stopIfTold(this);
  }

  /** True when the handler of the next message may take more than a turn: then the state before it must be taken now, or never. */
  #mayWait(beside: "too" | "not"): boolean {
    const first = this.mail.first(beside);
    return first !== undefined && this.behaviour.handlers.get(first.name)?.waits !== false;
  }

  #run(envelope: Envelope, handler: Handler, input: unknown): void {
    if (handler.items !== undefined) beginStream(this, envelope, handler, input);
    else if (handler.concurrent === undefined) this.#handle(envelope, handler, input);
    else handleBeside(this, envelope, handler, input);
  }

  #handle(envelope: Envelope, handler: Handler, input: unknown): void {
    this.inHand = envelope;
    this.#openAsks?.clear();
    this.context.handlerBegins();
    this.host.observer?.handling(envelope, this.host.place, this.epoch);
    let result: unknown;
    try {
      result = handler.run(this.state, input, this.context);
    } catch (error) {
      this.#threw(envelope, error);
      return;
    }
    if (isPromise(result)) {
      handler.waits = true;
      this.work.begin(
        result,
        (reply) => {
          this.#handled(envelope, handler, reply);
          this.host.wake(this);
        },
        (error) => {
          this.#threw(envelope, error);
          this.host.wake(this);
        },
      );
    } else {
      handler.waits ??= false;
      this.#handled(envelope, handler, result);
    }
  }

  #handled(envelope: Envelope, handler: Handler, result: unknown): void {
    this.clearCurrent();
    this.countHandled();
    // Seldom, since a state may be large: after its 1st, 2nd, 4th, 8th ... message.
    if ((this.handled & (this.handled - 1)) === 0) reportUntravelable(this, envelope.name);
    const answer = envelope.ask === 0 || envelope.later === true ? undefined : closeReply(envelope, handler, result, this);
    if (this.watched) this.host.changed(this, false);
    if (answer !== undefined) this.host.replyWhenSafe(this, envelope, answer);
    else if (envelope.later === true) putOff(this, envelope);
    stopIfTold(this);
  }

  #threw(envelope: Envelope, error: unknown): void {
    const gaveUp = this.context.isGivenUp(error);
    const outcome = afterThrow(this, gaveUp);
    notLater(this, envelope);
    const answer = envelope.ask === 0 ? undefined : closeError(envelope, error, this);
    // Before it is out of hand: what the sender learns of a crash belongs to the state that comes after it.
    if (answer !== undefined && outcome !== "resume") this.host.replyWhenSafe(this, envelope, answer);
    this.clearCurrent();
    this.handled++;
    this.host.count("handled");
    if (!gaveUp || outcome !== "resume") this.host.handlerFailed(this, envelope, toWireError(error), outcome);
    if (outcome === "restart") restartCell(this, error);
    else if (outcome === "stop") finish(this, "crashed", stoppedByThrow(this, error));
    else {
      if (this.watched) this.host.changed(this, false);
      if (answer !== undefined) this.host.replyWhenSafe(this, envelope, answer);
      stopIfTold(this);
    }
  }

  /** What it has handled, of whichever kind, counts. */
  countHandled(): void {
    this.idle?.used(this.host.now());
    this.handled++;
    this.host.count("handled");
  }

  /** The reader of a stream has room for more items. */
  more(origin: PlaceId, ask: number, items: number): void {
    this.#beside?.of(origin, ask)?.pump?.more(items);
  }

  /** A crash ended this life: the next one has a `ctx` of its own. */
  nextContext(why: string): void {
    refuseAllOwed(this, refusal("OutcomeUnknown", `actor ${this.id} crashed before it answered`, { id: this.id }));
    refuseBeside(this, why);
    this.#tasks?.clear(why);
    this.context.lifeEnded(why);
    this.context = new CellContext(this);
  }

  /** Nothing is in hand any more. */
  clearCurrent(): void {
    this.inHand = undefined;
    this.#openAsks?.clear();
    this.context.handlerEnded();
  }

  /**
   * Stops the cell: after the handler in hand, then `stopping`; by force at the deadline. Resolves when it has ended; rejects with
   * what `stopping` threw, or with `ActorStopped` when force was needed. `why`: what the senders of messages that wait in it hear; default
   * `ActorStopped`.
   */
  stop(reason: string, deadlineMs: number, why?: Refusal): Promise<void> {
    return stopCell(this, reason, deadlineMs, why);
  }

  /** True for an actor that is to be asked before it moves. */
  get asksToMove(): boolean {
    return this.behaviour.lifecycle.moving !== undefined;
  }

  /** For how many milliseconds the actor puts off a move; 0: it goes. */
  consent(move: PlannedMove, deadlineMs: number): number | Promise<number> {
    return consentCell(this, move, deadlineMs);
  }

  /**
   * Stops the cell as `stop` does, because a duplicate of its actor goes on: gives up its state as it travels, and at its very end the mail
   * that is left. `final`: no handler was cut off. Rejects when it is on its way to another place, or its state cannot travel.
   */
  yieldDuplicate(
    deadlineMs: number,
    leaveMail: (mail: Mail[]) => void,
  ): Promise<{ readonly state: Uint8Array; readonly final: boolean }> {
    return yieldCell(this, deadlineMs, leaveMail);
  }

  /**
   * Merges the state of a duplicate that has ended, by the lifecycle's `conflict`, between two handlers. Rejects with what that
   * throws, with `InvalidState`, with `AskTimeout` at the deadline, or with `HandoffFailed` when it does not run: then its state is as it was.
   */
  mergeDuplicate(theirs: Uint8Array, deadlineMs: number): Promise<void> {
    return mergeCell(this, theirs, deadlineMs);
  }

  /**
   * Handles no further message. Resolves true when the handler in hand has ended, and its timers are frozen; false at the deadline, when the
   * actor ends instead, and when `isGivenUp` says that the caller does not wait any more. It is for the caller to unseal it then.
   */
  seal(deadlineMs: number, isGivenUp: () => boolean = () => false): Promise<boolean> {
    return sealCell(this, deadlineMs, isGivenUp);
  }

  /**
   * The state as it travels; the cell is `sent` when it resolves, and its mailbox and timers are as they travel too.
   * Rejects with `NotSerializable`, with what `handoff.prepare` throws, or with `AskTimeout` when that takes longer than `deadlineMs` or an
   * `init` may; and when `isGivenUp` says that the caller does not wait any more. Then the cell is still sealed. `version`: an older one, that of
   * the definition where it goes; rejects with `InvalidState` when there is no step to it.
   */
  pack(deadlineMs?: number, isGivenUp: () => boolean = () => false, version?: number): Promise<Uint8Array> {
    return packCell(this, deadlineMs, isGivenUp, version);
  }

  /** The move did not take place: goes on here under a fresh epoch, with the mail that arrived during it. A running cell gets the epoch alone. */
  unseal(epoch: Epoch): void {
    unsealCell(this, epoch);
  }

  /** The move did not take place, and the actor is to end: waits for its end here, with the mail that arrived during the move. */
  unpack(): void {
    unpackCell(this);
  }

  /** Gives the state as it travels, to a replica elsewhere; no handler begins while an async `handoff.prepare` makes it. */
  readReplicaState(taken: (state: Uint8Array) => void, failed: (error: unknown) => void): void {
    readReplicaState(this, taken, failed);
  }

  /** The move took place: this cell has ended. Returns the messages that have moved, and the mail that arrived since, to be passed on in order. */
  depart(): { readonly moved: Envelope[]; readonly arrivals: Mail[] } {
    return departCell(this);
  }

  /**
   * Takes over the state and the mailbox of a snapshot; the cell runs from `commit` on. A `handoff.restore` that takes longer than
   * `deadlineMs`, or than an `init` may, is an `AskTimeout`. What rejects has ended the cell.
   */
  load(
    state: Uint8Array,
    mailbox: readonly Envelope[],
    { timers, owed, ties }: CarriedAlong,
    deadlineMs?: number,
  ): Promise<void> {
    if (owed !== undefined) this.makeOwed().load(this.id, owed);
    return loadCell(this, state, mailbox, timers, deadlineMs, ties);
  }

  /** The source has committed: the loaded actor runs. `arrived`: it is new to this node, and hears of its mode. */
  commit(arrived = false): void {
    commitCell(this, arrived);
  }

  /** Its thread ends under the handlers in hand: what becomes of them counts no more. Returns their messages, which have no fate yet. */
  cutOff(): Envelope[] {
    return cutOffHandlers(this);
  }

  /** A cell that never ran is given up. Returns what had come for it: its mailbox too, unless that is still the source's. */
  discard(): Mail[] {
    return discardCell(this);
  }

  /** It sent something to this actor just now. */
  noteRecipient(id: string): void {
    (this.recentRecipients ??= new RecentRecipients(this.host.limits.deliveryMs)).note(id, this.host.now());
  }

  /** An epoch that nobody has had, for a move from here; it is used up, whatever comes of the move. */
  reserveEpoch(): Epoch {
    return ++this.usedEpoch;
  }

  /** The replica becomes the actor itself: under its epoch, in its life. */
  promote(epoch: Epoch, life: Life): void {
    this.epoch = epoch;
    this.usedEpoch = epoch;
    this.life = life;
    this.host.observer?.born?.(life);
  }

  /** True when the host's run queue is to take it: it has something to run, and is not in the queue. */
  joinQueue(): boolean {
    if (this.#queued || !this.runnable) return false;
    this.#queued = true;
    return true;
  }

  /** The run queue has let it go. */
  leaveQueue(): void {
    this.#queued = false;
  }

  /** Ends the asks that wait here and whose time is over. */
  freeExpired(): void {
    if (this.mail.freeExpired()) stopIfTold(this);
  }

  /** A handler that has run for `afterMs` or more: given once for each. */
  stuck(nowMs: number, afterMs: number): StuckHandler | undefined {
    const forMs = nowMs - this.#handlerSinceMs;
    if (this.work.busy && forMs >= afterMs && !this.#stuckReported && this.endPause === undefined) {
      this.#stuckReported = true;
      return { message: this.inHand?.name ?? "start", forMs };
    }
    const beside = this.#beside?.stuck(nowMs, afterMs);
    return beside && { message: beside.envelope.name, forMs: nowMs - beside.sinceMs };
  }

  /** Its start was given up, and it runs elsewhere: what waits here goes there. */
  cancelStart(): void {
    void this.giveWay("start given up");
  }

  /** The actor itself takes its place: what this replica has begun beside its mailbox ends, and who it owes an answer is told so. */
  replaced(): void {
    this.#tasks?.clear("the actor itself takes the place of its replica");
    refuseAllOwed(this, refusal("OutcomeUnknown", `a replica of actor ${this.id} ended before it answered`, { id: this.id }));
  }

  /** The actor goes on elsewhere: this one ends at once, and what waits here goes there. */
  async giveWay(reason: string): Promise<void> {
    this.leaveMail = (mail) => this.host.deliverAgain(mail);
    await this.stop(reason, 0).catch(() => {});
  }

  /** The thread is dead: no timer fires. */
  halt(): void {
    this.timers.clear();
    this.#tasks?.clear("its thread is dead");
    this.idle?.clear();
  }
}
