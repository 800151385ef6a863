/**
 * How an actor comes to life in its cell: a first state, `started`, `signal`; and again after each crash, as often as its restarts allow.
 * Without it an `init` or `started` that throws, or never ends, would leave a cell that takes mail and never handles it.
 */
import {
  ActorCrashed,
  ActorStopped,
  copyOf,
  InvalidMessage,
  InvalidState,
  NotSerializable,
  type OwedReply,
  StartFailed,
  type Ties,
  toWireError,
} from "@process-hub/protocol";
import { firstIssue, issueText } from "../definition/first-issue.js";
import { parse } from "../definition/schema.js";
import { ownCopy } from "../definition/shared-defaults.js";
import { misfit } from "../definition/state-schema.js";
import { upgraded, versionOf } from "../definition/versions.js";
import type { CellCore } from "./cell-core.js";
import { tellWhereOwed } from "./cell-owed.js";
import { enter } from "./cell-phase.js";
import { hearTakeOver, signalMode } from "./cell-replica.js";
import { actorStopped, finish, stopIfTold } from "./cell-stop.js";
import { linkToParent, loadTies } from "./cell-ties.js";
import { usableTimers } from "./cell-timers.js";
import { isPromise } from "./current-work.js";
import { inTime } from "./in-time.js";
import { openState } from "./state-wire.js";
import type { FrozenTimer } from "./timers.js";

/** The state that an actor begins with instead of `init`: that of a replica, as it is or as it travels. */
export type Origin = ({ readonly state: unknown } | { readonly wire: Uint8Array }) & {
  readonly timers: readonly FrozenTimer[];
  readonly owed?: readonly OwedReply[] | undefined;
  readonly ties?: Ties | undefined;
  /** All that the actor told of is in them. */
  readonly isWhole?: boolean | undefined;
};

/** What of a start is under way: all of it has one deadline. */
interface Hook {
  hook: string;
}

/** Makes the actor, from its `init` or from a replica, and has it run. Throws, or rejects, what the actor's own code throws, and `StartFailed` when that takes too long. */
export function beginCell(cell: CellCore, origin?: Origin): void | Promise<void> {
  const at = { hook: "init" };
  let made: void | Promise<void>;
  try {
    made = create(cell, at, origin);
  } catch (error) {
    cell.context.lifeEnded("its start failed");
    throw error;
  }
  if (!isPromise(made)) return begun(cell);
  const created = startInTime(cell, at, made);
  cell.work.begin(
    created,
    () => begun(cell),
    () => {
      enter(cell, "ended");
      cell.context.lifeEnded("its start failed");
    },
  );
  return created;
}

/** Makes the actor anew after a crash, at once or after a pause; ends it when it may not restart. */
export function restartCell(cell: CellCore, error: unknown): void {
  const pauseMs = pauseAfter(cell, error);
  if (pauseMs === undefined) return;
  if (pauseMs === 0) restart(cell, error);
  else
    cell.work.begin(
      pause(cell, pauseMs),
      () => restart(cell, error),
      () => {},
    );
}

/**
 * Makes the actor anew. When its own code fails or does not end, it ends here, and what waits for it waits elsewhere: this thread's node
 * tries again, there or on others.
 */
function restart(cell: CellCore, error: unknown): void {
  if (stopIfTold(cell)) return;
  const again = (): void => {
    cell.restarts.began(cell.host.now());
    cell.host.count("restarts");
    cell.host.restarted(cell, toWireError(error));
    begun(cell);
  };
  const failed = (failure: unknown): void => {
    cell.timers.clear();
    if (stopIfTold(cell)) return;
    const text = `actor ${cell.id} could not begin anew after a crash: ${failure instanceof Error ? failure.message : String(failure)}`;
    cell.context.giveUp("Stop", "the actor could not begin anew");
    cell.leaveMail = (mail) => cell.host.deliverAgain(mail);
    finish(cell, "not begun", new StartFailed(text, { id: cell.id }, failure));
  };
  const at = { hook: "init" };
  try {
    const made = create(cell, at);
    if (isPromise(made)) cell.work.begin(startInTime(cell, at, made), again, failed);
    else again();
  } catch (failure) {
    failed(failure);
  }
}

/** The time between a crash and the next life. A stop or a move ends it. */
function pause(cell: CellCore, pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = cell.host.clock.setTimeout(() => cell.endPause?.(), pauseMs);
    cell.endPause = () => {
      cell.endPause = undefined;
      timer.cancel();
      resolve();
    };
  });
}

function startInTime(cell: CellCore, at: Hook, made: Promise<void>): Promise<void> {
  const { initTimeoutMs } = cell.host.limits;
  const { id } = cell;
  const late = (): StartFailed => {
    const which = at.hook === "init" ? "" : `: its ${at.hook} still runs`;
    return new StartFailed(`the init of actor ${id} did not end within ${initTimeoutMs} ms${which}`, { id });
  };
  return inTime(made, cell.host.clock, initTimeoutMs, late);
}

/** The actor's arguments by its schema: a copy of those of its spec, for this life alone. Throws `InvalidMessage`. */
function argsOf(cell: CellCore): unknown {
  const { spec, behaviour } = cell;
  const { args } = behaviour;
  const given = copyOf(spec.args, "args");
  if (args === undefined) return given;
  let parsed = parse(args, given);
  if (!parsed.success && given === undefined) parsed = parse(args, {});
  if (!parsed.success) throw new InvalidMessage(`args of actor ${spec.actor}: ${firstIssue(parsed.error)}`, { id: cell.id });
  return behaviour.copiesArgs === true ? ownCopy(parsed.data) : parsed.data;
}

/**
 * A first state as the actor's schema has it: a copy, since defaults of a schema are shared by all that it parses. Throws `InvalidState`, and
 * `NotSerializable` for what could not move; a state with a `handoff` may be anything.
 */
function firstState(cell: CellCore, state: unknown): unknown {
  const { spec, id, behaviour } = cell;
  const parsed = parse(behaviour.state, state);
  if (!parsed.success) throw new InvalidState(`state of actor ${spec.actor}: ${firstIssue(parsed.error)}`, { id });
  if (behaviour.handoff !== undefined) return parsed.data;
  try {
    return copyOf(parsed.data, "state");
  } catch (error) {
    if (!(error instanceof NotSerializable)) throw error;
    throw new NotSerializable(`${error.message}, or say by .handoff({ prepare, restore }) how it travels`, {
      ...error.fields,
      id,
    });
  }
}

/**
 * The state of bytes as they travelled. A state travels as what its schema has made of it, and is not parsed again; one of an older version
 * is what its `upgrade` makes of it, and is parsed as a first one is. A promise where `handoff.restore` returns one. Throws, or rejects,
 * `InvalidState` and what `upgrade` and `restore` throw.
 */
export function arrivedState(cell: CellCore, bytes: Uint8Array): unknown {
  const state = restoredState(cell, bytes);
  return isPromise(state) ? state.then((later) => fittingState(cell, later)) : fittingState(cell, state);
}

/** A state that has been through its schema already, or was made of such. Throws `InvalidState` for what can be none. */
export function fittingState({ id, spec, behaviour }: CellCore, state: unknown): unknown {
  const issue = misfit(behaviour.state, state);
  if (issue !== undefined) throw new InvalidState(`state of actor ${spec.actor}: ${issueText(issue)}`, { id });
  return state;
}

function restoredState(cell: CellCore, bytes: Uint8Array): unknown {
  const { behaviour, context } = cell;
  const { version, state } = openState(bytes);
  const isOlder = version !== versionOf(behaviour);
  const wire = isOlder ? upgraded(behaviour, version, state) : state;
  if (behaviour.handoff !== undefined) return behaviour.handoff.restore(wire, argsOf(cell), context);
  if (!isOlder) return wire;
  // It may have outgrown a limit of its schema, which ends no actor that runs.
  const parsed = behaviour.state.safeParse(wire);
  return parsed.success ? copyOf(parsed.data, "state") : wire;
}

function create(cell: CellCore, at: Hook, origin?: Origin): void | Promise<void> {
  cell.creating = true;
  if (origin !== undefined) at.hook = "handoff.restore";
  try {
    const first = (state: unknown): void | Promise<void> => created(cell, at, firstState(cell, state));
    const later = (state: unknown): void | Promise<void> => {
      const went = created(cell, at, fittingState(cell, state));
      const resumed = (): void | Promise<void> => {
        at.hook = "resumed";
        if (cell.mode === "active") return hearTakeOver(cell);
      };
      return isPromise(went) ? went.then(resumed) : resumed();
    };
    const made = origin === undefined ? cell.behaviour.init(argsOf(cell), cell.context) : restored(cell, origin);
    const next = origin === undefined ? first : later;
    return isPromise(made) ? made.then(next) : next(made);
  } finally {
    cell.creating = false;
  }
}

function restored(cell: CellCore, origin: Origin): unknown {
  cell.timers.thaw(usableTimers(cell, origin.timers));
  if (origin.owed !== undefined) cell.makeOwed().load(cell.id, origin.owed);
  loadTies(cell, origin.ties, origin.isWhole === true);
  cell.ties?.resume();
  return "state" in origin ? origin.state : restoredState(cell, origin.wire);
}

function created(cell: CellCore, at: Hook, state: unknown): void | Promise<void> {
  if (cell.phase === "ended") throw new ActorStopped(actorStopped(cell).message, { id: cell.id });
  cell.state = state;
  const signalled = (): void | Promise<void> => {
    at.hook = "signal";
    return signalMode(cell);
  };
  if (cell.mode === "passive") return signalled();
  at.hook = "started";
  const started = cell.behaviour.lifecycle.started?.(cell.state, cell.context);
  return isPromise(started) ? started.then(signalled) : signalled();
}

function begun(cell: CellCore): void {
  cell.context.handlerEnded();
  if (cell.mode === "passive") {
    // It may have been discarded meanwhile.
    if (cell.phase === "starting") enter(cell, "passive");
    return;
  }
  cell.idle?.begin();
  tellWhereOwed(cell);
  linkToParent(cell);
  if (cell.phase === "starting") enter(cell, "running");
  else if (cell.watched) cell.host.changed(cell, false);
  stopIfTold(cell);
  cell.host.wake(cell);
}

/** How long it waits before it begins anew, in milliseconds; undefined when it does not: then it has ended, or is about to. */
function pauseAfter(cell: CellCore, error: unknown): number | undefined {
  const { host, id } = cell;
  cell.timers.clear();
  cell.ties?.drop();
  cell.nextContext("it crashed");
  host.log("error", id, `actor ${id} crashed: ${error instanceof Error ? error.message : String(error)}`, toWireError(error));
  cell.toHandle = 0;
  cell.toHandleBeside = 0;
  if (stopIfTold(cell)) return undefined;
  const { restartMax, restartWithinMs } = host.limits;
  const pauseMs = cell.spec.restart === "temporary" ? undefined : cell.restarts.crashed(host.now(), host.random);
  if (pauseMs !== undefined) return pauseMs;
  const tooMany = `crashed more than ${restartMax} times within ${restartWithinMs} ms and stays stopped`;
  const isTemporary = cell.spec.restart === "temporary";
  if (!isTemporary) host.checks.mark("restartsUsedUp");
  const why = isTemporary ? "crashed and is temporary" : tooMany;
  finish(cell, "crashed", new ActorCrashed(`actor ${id} ${why}`, { id }, error));
  return undefined;
}
