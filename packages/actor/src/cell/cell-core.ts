/**
 * What the parts of a cell may see of it: the one thing that start, stop, move, replica, duplicate, timers and context share.
 * Without it each of them would take the whole cell, which takes each of them: a circle in which everything may call everything.
 */
import type { AbortCode, ActorId, ChildSpec, Clock, Epoch, Life, Mode, Refusal, Waiters } from "@process-hub/protocol";
import type { ActorContext, TaskFunction, TaskOutcome } from "../definition/context.js";
import type { Behaviour } from "../definition/definition.js";
import type { Caller } from "./caller.js";
import type { CellHost, HostedCell } from "./cell-host.js";
import type { CellPhase } from "./cell-phase.js";
import type { CurrentWork } from "./current-work.js";
import type { Envelope, Mail } from "./envelope.js";
import type { IdleWatch } from "./idle-watch.js";
import type { Mailbox } from "./mailbox.js";
import type { OwedReplies } from "./owed-replies.js";
import type { RestartWindow } from "./restart-window.js";
import type { ActorTies, Kept } from "./ties.js";
import type { ActorTimers, FrozenTimer } from "./timers.js";

/** The `ctx` of a cell, with what its parts tell it. */
export interface CoreContext extends ActorContext {
  /** Tells the handler in hand to come to an end. */
  giveUp(code: AbortCode, why: string): void;
  /** Its life is over: what code it left behind does through it is refused. */
  lifeEnded(why: string, code?: AbortCode): void;
  /** The handler has ended: the next one gets a signal of its own, and its jobs end. */
  handlerEnded(): void;
}

/** The handlers of concurrent messages in hand. */
export interface HandlersBeside {
  readonly any: boolean;
  /** True while one of them may change the state. */
  readonly mutates: boolean;
  /** Resolves true when none is in hand, false at the deadline. */
  noneWithin(clock: Clock, deadlineMs: number): Promise<boolean>;
  /** Tells all of them to come to an end. */
  abort(code: AbortCode, why: string): void;
  /** Tells those that are streams to come to an end. */
  endStreams(code: AbortCode, why: string): void;
  /** What becomes of those that are streams counts no more: returns their messages. */
  cutStreams(why: string): Envelope[];
  /** What becomes of them counts no more: returns their messages. `why`: their code may do nothing more through its `ctx`. */
  cutOff(why: string): Envelope[];
}

/** The tasks of a cell. */
export interface CellTasks {
  readonly any: boolean;
  /** Begins a task; one of its key is aborted before. Throws as `ActorContext.task` says. */
  begin(key: string, run: TaskFunction, outcome: TaskOutcome, begunBy: Caller): void;
  /** Ends a task: its outcome is that it was aborted. False when there is none of the key. */
  abort(key: string): boolean;
  /** The actor is to move: its tasks end here, and their outcomes travel in its mailbox. */
  move(): void;
  /** The life is over: nobody is left to hear of an outcome. */
  clear(why: string): void;
}

/** A cell, for the files of this room. */
export interface CellCore extends HostedCell {
  readonly host: CellHost;
  readonly behaviour: Behaviour;
  readonly spec: ChildSpec;
  readonly mode: Mode;
  readonly life: Life;
  /** The host hears of every change to the state. */
  readonly watched: boolean;
  readonly timers: ActorTimers;
  readonly context: CoreContext;
  readonly mail: Mailbox;
  readonly work: CurrentWork;
  readonly restarts: RestartWindow;
  /** Its work beside its mailbox; absent: there was none yet. */
  readonly tasks: CellTasks | undefined;
  /** The same, made when there is none. */
  makeTasks(): CellTasks;
  /** The answers that it gives later; absent: there was none yet. */
  readonly owed: OwedReplies | undefined;
  /** The same, made when there is none. */
  makeOwed(): OwedReplies;
  /** Set by `enter` alone. */
  phase: CellPhase;
  epoch: Epoch;
  /** The highest epoch this place knows to be used up, reservations of failed moves included. */
  usedEpoch: Epoch;
  state: unknown;
  /** The timers of a cell that does not run, with the time they have left. */
  frozenTimers: readonly FrozenTimer[];
  /** What ties it to others; undefined: nothing does. */
  ties: ActorTies | undefined;
  /** What is to go on with its last state, of an actor that stops to go on later: its timers and ties end as it stops. */
  kept: Kept | undefined;
  /** It stops since its node pauses, and is to go on when that serves again, whatever else had it stop before. */
  goesOnLater: boolean;
  /** How many messages its life has handled. */
  readonly handled: number;
  /** Ends it when nothing happens; absent: nothing does. */
  readonly idle: IdleWatch | undefined;
  /** The message whose handler runs. */
  readonly inHand: Envelope | undefined;
  /** True when no handler is in hand, so that the state is whole. */
  readonly between: boolean;
  /** True when no handler of any kind is in hand, nor other work. */
  readonly isIdle: boolean;
  /** The handlers of concurrent messages in hand; absent: there was none yet. */
  readonly beside: HandlersBeside | undefined;
  /** True while `init`, or what stands for it, is called. */
  creating: boolean;
  /** Set while it waits between a crash and its next life: ends that wait. */
  endPause: (() => void) | undefined;
  /** Why it is to stop. */
  stopReason: string | undefined;
  /** It said so itself. */
  stopsItself: boolean;
  /** How many of the messages that wait it handles before it stops; and how many of the concurrent ones. */
  toHandle: number;
  toHandleBeside: number;
  /** What the senders of messages that wait in it hear when it stops; undefined: `ActorStopped`. */
  stopRefusal: Refusal | undefined;
  /** Settles when `stopping` has run. */
  ending: Promise<void> | undefined;
  /** Where the mail goes that is left at the end; without it, it is turned away. */
  leaveMail: ((mail: Mail[]) => void) | undefined;
  /** The waits for its end. */
  awaiting: Waiters | undefined;
  /** How many wait to take the place of the next handler: until they had it, none begins. */
  nextTurns: number;
  take(mail: Mail): void;
  /** Takes a message that the actor's own timer or task sends, or one about another actor: it joins the others however many these are. */
  takeOwn(envelope: Envelope): void;
  /** The handler in hand has asked. */
  noteAsk(ask: number): void;
  /** It sent something to this actor just now. */
  noteRecipient(id: ActorId): void;
  /** Nothing is in hand any more. */
  clearCurrent(): void;
  /** A crash ended this life: the next one has a `ctx` of its own. */
  nextContext(why: string): void;
}
