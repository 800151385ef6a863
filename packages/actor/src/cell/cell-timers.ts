/**
 * An actor's timers as messages to itself: a handler sets them, and they come by the mailbox like any message.
 * Without the mailbox a timer would fire in the midst of another handler.
 */
import { ActorStopped, checkText, encode, largeInput, optionError, shown, toWireError } from "@process-hub/protocol";
import type { Caller } from "./caller.js";
import type { CellCore } from "./cell-core.js";
import { type CronSchedule, nextTimeMs } from "./cron-schedule.js";
import type { Envelope } from "./envelope.js";
import type { FrozenTimer, TimerMessage } from "./timers.js";

/** Sets a timer: see `ActorContext.schedule`. Throws `RangeError`, `NotSerializable`, `InvalidMessage` for an input that is too large, or `ActorStopped` when the actor moves or has ended. */
export function schedule(cell: CellCore, caller: Caller, key: string, delayMs: number, message: string, input: unknown): void {
  if (!Number.isFinite(delayMs) || delayMs < 0)
    throw new RangeError(`schedule: delayMs is ${delayMs}; give a number of at least 0`);
  setTimer(cell, caller, "schedule", key, delayMs, {}, message, input);
}

/** Sets a timer for an instant of the wall clock: see `ActorContext.scheduleAt`. Throws as `schedule` does. */
export function scheduleAt(cell: CellCore, caller: Caller, key: string, atMs: number, message: string, input: unknown): void {
  if (!Number.isFinite(atMs)) throw new RangeError(`scheduleAt: atMs is ${atMs}; give ms since the epoch`);
  setTimer(cell, caller, "scheduleAt", key, Math.max(0, atMs - cell.host.clock.wallMs()), {}, message, input);
}

/** Sets a timer that repeats: see `ActorContext.every`. Throws as `schedule` does. */
export function every(cell: CellCore, caller: Caller, key: string, everyMs: number, message: string, input: unknown): void {
  if (!Number.isFinite(everyMs) || everyMs < 1) throw new RangeError(`every: everyMs is ${everyMs}; give a number of at least 1`);
  setTimer(cell, caller, "every", key, everyMs, { everyMs }, message, input);
}

/** Sets a timer for the times of a cron expression: see `ActorContext.cron`. Throws as `schedule` does, and as `nextTimeMs` does. */
export function cron(
  cell: CellCore,
  caller: Caller,
  key: string,
  schedule: Omit<CronSchedule, "atMs">,
  message: string,
  input: unknown,
): void {
  const wallMs = cell.host.clock.wallMs();
  const atMs = nextTimeMs(schedule, wallMs);
  if (atMs === undefined) {
    const allowed = "takes an expression that has a time to come";
    throw optionError("ctx.cron", { path: "expression", given: shown(schedule.expression), allowed });
  }
  setTimer(cell, caller, "cron", key, atMs - wallMs, { cron: { ...schedule, atMs } }, message, input);
}

function setTimer(
  cell: CellCore,
  caller: Caller,
  call: "schedule" | "scheduleAt" | "every" | "cron",
  key: string,
  delayMs: number,
  repeats: Pick<TimerMessage, "everyMs" | "cron">,
  message: string,
  input: unknown,
): void {
  checkText(`ctx.${call}`, "key", key);
  checkText(`ctx.${call}`, "message", message);
  const { id, phase } = cell;
  const between = phase === "sealed" && cell.isIdle;
  if (between || phase === "sent" || phase === "loaded" || phase === "ended") {
    throw new ActorStopped(`${call}: actor ${id} moves, or has ended; use \`ctx\` in its handlers only`, { id });
  }
  const payload = encode(input, "input");
  const { messageBytes = Number.POSITIVE_INFINITY } = cell.host.limits;
  if (payload.byteLength > messageBytes) throw largeInput(id, message, payload.byteLength, messageBytes);
  const header = caller.inHand?.header;
  const sends: TimerMessage = {
    name: message,
    payload,
    ...(header === undefined ? {} : { header }),
    ...repeats,
  };
  // A passive replica's timers wait until it is active.
  if (cell.mode === "passive") {
    const others = cell.frozenTimers.filter((timer) => timer.key !== key);
    cell.frozenTimers = [...others, { key, inMs: delayMs, ...sends }];
  } else cell.timers.set(key, delayMs, sends);
}

/** Takes a timer back, also one whose message waits already. False when there is none of the key. */
export function cancelTimer(cell: CellCore, key: string): boolean {
  checkText("ctx.cancel", "key", key);
  if (cell.mode !== "passive") return cell.timers.cancel(key);
  const others = cell.frozenTimers.filter((timer) => timer.key !== key);
  const had = others.length < cell.frozenTimers.length;
  cell.frozenTimers = others;
  return had;
}

/** Throws `HubConfigError` when the times of a timer that comes from elsewhere are not known here: a time zone, say. */
export function checkTimers(cell: CellCore, timers: readonly FrozenTimer[]): void {
  for (const { cron } of timers) if (cron !== undefined) nextTimeMs(cron, cell.host.clock.wallMs());
}

/** Those of a standby's timers whose times are known here; the others are logged: there is no other place to leave them at. */
export function usableTimers(cell: CellCore, timers: readonly FrozenTimer[]): readonly FrozenTimer[] {
  return timers.filter((timer) => {
    try {
      checkTimers(cell, [timer]);
      return true;
    } catch (error) {
      cell.host.log("error", cell.id, `timer ${timer.key} of actor ${cell.id} ends: ${String(error)}`, toWireError(error));
      return false;
    }
  });
}

/** The timers of a cell with the time they have left, those included that stand still since it is about to move. */
export function timersLeft({ frozenTimers, timers }: CellCore): FrozenTimer[] {
  return [...frozenTimers, ...timers.left()];
}

/** Freezes the timers of a cell that is to move: one whose message waits travels as a timer that is due, and can still be cancelled there. */
export function freezeTimers(cell: CellCore): void {
  const { hasDue } = cell.timers;
  cell.frozenTimers = cell.timers.freeze();
  if (hasDue) cell.mail.dropExpired();
}

/** The message of a timer that is due. */
export function timerMessage(cell: CellCore, { name, payload, header }: TimerMessage): Envelope {
  const { id, host } = cell;
  host.count("sent");
  const origin = host.place;
  const { epoch } = cell;
  const envelope: Envelope = {
    kind: "envelope",
    to: id,
    epoch,
    sentEpoch: epoch,
    name,
    actor: null,
    payload,
    header,
    origin,
    sender: id,
    ask: 0,
    expiresAtMs: 0,
    via: null,
  };
  host.observer?.made(envelope);
  return envelope;
}
