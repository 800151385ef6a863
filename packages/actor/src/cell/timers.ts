import type { Bytes, Clock, Header, Timer } from "@process-hub/protocol";
import { type CronSchedule, nextTimeMs } from "./cron-schedule.js";
import { type Envelope, expire } from "./envelope.js";

/** A timer as it travels: what remains of it. */
export interface FrozenTimer {
  readonly key: string;
  readonly inMs: number;
  readonly name: string;
  readonly payload: Bytes;
  /** What the handler that set it passes on. */
  readonly header?: Header | undefined;
  /** It is set again when its message is handled, for a whole number of these after it was due; absent: it fires once. */
  readonly everyMs?: number | undefined;
  /** It is set again when its message is handled, for the next of these times; absent: it has none. */
  readonly cron?: CronSchedule | undefined;
}

/** What a timer sends. */
export type TimerMessage = Omit<FrozenTimer, "key" | "inMs">;

interface Pending {
  readonly dueAtMs: number;
  readonly message: TimerMessage;
  readonly timer: Timer;
}

/** The longest delay that the machine's timers take: a longer one is waited for in parts. */
const longestMs = 2 ** 31 - 1;

/** How long a time by the clock on the wall is waited for before that is read again. */
const wallLookMs = 60_000;

/** What the mailbox tells of the message of a timer that has fired. */
interface Due {
  readonly envelope: Envelope;
  readonly message: TimerMessage;
  readonly dueAtMs: number;
}

/** The mailbox of the timers' actor. */
export interface TimerMail {
  /** The message of a timer that has fired. */
  makeOwn(message: TimerMessage): Envelope;
  /** It joins the others. */
  takeOwn(envelope: Envelope): void;
}

/**
 * An actor's timers by key. Each fires once, as a message, and those that repeat are set again when that is handled; frozen, they keep what time they had left. A timer that has fired is still one
 * until its message is handled: cancelled or replaced then, the message expires.
 * Without it a move or a stop could leave timers behind that fire for an actor that is gone.
 */
export class ActorTimers {
  readonly #clock: Clock;
  readonly #mail: TimerMail;
  /** Made with the first: most actors have none. */
  #pending: Map<string, Pending> | undefined;
  /** Those that have fired and wait in the mailbox: made with the first. */
  #due: Map<string, Due> | undefined;

  constructor(clock: Clock, mail: TimerMail) {
    this.#clock = clock;
    this.#mail = mail;
  }

  /** The time of a cron expression is the same by each machine's clock on the wall, whatever time was left elsewhere. */
  set(key: string, delayMs: number, message: TimerMessage): void {
    this.cancel(key);
    this.#arm(key, this.#clock.now() + (this.#untilMs(message) ?? delayMs), message);
  }

  /** False when there was none. */
  cancel(key: string): boolean {
    this.#pending?.get(key)?.timer.cancel();
    const due = this.#due?.get(key);
    if (due !== undefined) expire(due.envelope);
    return this.#due?.delete(key) === true || this.#pending?.delete(key) === true;
  }

  /** True when one has fired and its message waits. */
  get hasDue(): boolean {
    return this.#due !== undefined && this.#due.size > 0;
  }

  /** True when none is set. */
  get isEmpty(): boolean {
    return (this.#pending === undefined || this.#pending.size === 0) && !this.hasDue;
  }

  /** A message has left the mailbox for its handler: when a timer sent it, that one is over. */
  handling(envelope: Envelope): void {
    if (this.#due === undefined || this.#due.size === 0) return;
    for (const [key, due] of this.#due) {
      if (due.envelope !== envelope) continue;
      this.#due.delete(key);
      this.#repeat(key, due);
      return;
    }
  }

  /** Stops all timers and returns what remained of them. */
  freeze(): FrozenTimer[] {
    const frozen = this.left();
    this.clear();
    return frozen;
  }

  /** The timers with the time they have left, those that have fired and were not handled first; they run on. */
  left(): FrozenTimer[] {
    if (this.isEmpty) return [];
    const nowMs = this.#clock.now();
    const due = [...(this.#due ?? [])].map(([key, { message }]): FrozenTimer => ({ key, inMs: 0, ...message }));
    const pending = [...(this.#pending ?? [])].map(
      ([key, { dueAtMs, message }]): FrozenTimer => ({ key, inMs: Math.max(0, dueAtMs - nowMs), ...message }),
    );
    return [...due, ...pending];
  }

  thaw(frozen: readonly FrozenTimer[]): void {
    for (const { key, inMs, ...message } of frozen) this.set(key, inMs, message);
  }

  clear(): void {
    for (const { timer } of this.#pending?.values() ?? []) timer.cancel();
    for (const { envelope } of this.#due?.values() ?? []) expire(envelope);
    this.#pending = undefined;
    this.#due = undefined;
  }

  /** Sets a timer that repeats again. */
  #repeat(key: string, { dueAtMs, message }: Due): void {
    const { everyMs, cron } = message;
    if (everyMs !== undefined) this.#arm(key, nextTick(dueAtMs, everyMs, this.#clock.now()), message);
    if (cron === undefined) return;
    const atMs = nextTimeMs(cron, Math.max(cron.atMs, this.#clock.wallMs()));
    if (atMs !== undefined) this.set(key, 0, { ...message, cron: { ...cron, atMs } });
  }

  /** The time until the next one of a cron expression, by the clock on the wall; undefined for another timer. */
  #untilMs({ cron }: TimerMessage): number | undefined {
    return cron === undefined ? undefined : Math.max(0, cron.atMs - this.#clock.wallMs());
  }

  #fire(key: string, dueAtMs: number, message: TimerMessage): void {
    const envelope = this.#mail.makeOwn(message);
    this.#due ??= new Map();
    this.#due.set(key, { envelope, message, dueAtMs });
    this.#mail.takeOwn(envelope);
  }

  #arm(key: string, dueAtMs: number, message: TimerMessage): void {
    const leftMs = Math.max(0, dueAtMs - this.#clock.now());
    const partMs = Math.min(leftMs, message.cron === undefined ? longestMs : wallLookMs);
    const run = (): void => {
      this.#pending?.delete(key);
      // A machine's timer may fire a moment early, and its clock on the wall may have been set, or have gone on while the machine slept.
      const untilMs = this.#untilMs(message);
      if (untilMs !== undefined && untilMs > 0) this.#arm(key, this.#clock.now() + untilMs, message);
      else if (untilMs === undefined && leftMs > longestMs) this.#arm(key, dueAtMs, message);
      else this.#fire(key, dueAtMs, message);
    };
    this.#pending ??= new Map();
    this.#pending.set(key, { dueAtMs, message, timer: this.#clock.setTimeout(run, partMs) });
  }
}

/** The first tick of a row that is still to come: those that were missed are left out. */
function nextTick(lastAtMs: number, everyMs: number, nowMs: number): number {
  return lastAtMs + everyMs * Math.max(1, Math.ceil((nowMs - lastAtMs) / everyMs));
}
