/**
 * How an actor comes to life in its cell: a first state, `started`, `signal`; and again after each crash, as often as its restarts allow.
 * Without it an `init` or `started` that throws would leave a cell that takes mail and never handles it.
 */
import { ActorCrashed, ActorStopped, decode, InvalidMessage, InvalidState, toWireError } from "@process-hub/protocol";
import { firstIssue } from "../definition/first-issue.js";
import type { CellCore } from "./cell-core.js";
import { enter } from "./cell-phase.js";
import { signalMode } from "./cell-replica.js";
import { actorStopped, finish, stopIfTold } from "./cell-stop.js";
import { isPromise } from "./current-work.js";
import type { FrozenTimer } from "./timers.js";

/** The state that an actor begins with instead of `init`: that of a replica, as it is or as it travels. */
export type Origin = ({ readonly state: unknown } | { readonly wire: Uint8Array }) & { readonly timers: readonly FrozenTimer[] };

/** Makes the actor, from its `init` or from a replica, and has it run. Throws, or rejects, what the actor's own code throws. */
export function beginCell(cell: CellCore, origin?: Origin): void | Promise<void> {
  const created = create(cell, origin);
  if (!isPromise(created)) return begun(cell);
  cell.work.begin(
    created,
    () => begun(cell),
    () => enter(cell, "ended"),
  );
  return created;
}

/** Makes the actor anew after a crash, and after each crash while it is made; ends it when it may not restart. */
export function restartCell(cell: CellCore, error: unknown): void {
  for (let failure = error; mayRestart(cell, failure); ) {
    try {
      const created = create(cell);
      if (!isPromise(created)) begun(cell);
      else
        cell.work.begin(
          created,
          () => begun(cell),
          (next) => restartCell(cell, next),
        );
      return;
    } catch (next) {
      failure = next;
    }
  }
}

/** The actor's arguments by its schema. Throws `InvalidMessage`. */
export function argsOf(cell: CellCore): unknown {
  const { spec, behaviour } = cell;
  const { args } = behaviour;
  if (args === undefined) return spec.args;
  let parsed = args.safeParse(spec.args);
  if (!parsed.success && spec.args === undefined) parsed = args.safeParse({});
  if (!parsed.success) throw new InvalidMessage(`args of actor ${spec.actor}: ${firstIssue(parsed.error)}`, { id: cell.id });
  return parsed.data;
}

/** A state as the actor's schema has it. Throws `InvalidState`. */
export function checkedState(cell: CellCore, state: unknown): unknown {
  const parsed = cell.behaviour.state.safeParse(state);
  if (!parsed.success) throw new InvalidState(`state of actor ${cell.spec.actor}: ${firstIssue(parsed.error)}`, { id: cell.id });
  return parsed.data;
}

function create(cell: CellCore, origin?: Origin): void | Promise<void> {
  cell.creating = true;
  try {
    const made = origin === undefined ? cell.behaviour.init(argsOf(cell), cell.context) : restored(cell, origin);
    return isPromise(made) ? made.then((state) => created(cell, state)) : created(cell, made);
  } finally {
    cell.creating = false;
  }
}

function restored(cell: CellCore, origin: Origin): unknown {
  cell.timers.thaw(origin.timers);
  if ("state" in origin) return origin.state;
  const wire = decode(origin.wire);
  const { handoff } = cell.behaviour;
  return handoff === undefined ? wire : handoff.restore(wire, argsOf(cell), cell.context);
}

function created(cell: CellCore, state: unknown): void | Promise<void> {
  if (cell.phase === "ended") throw new ActorStopped(actorStopped(cell).message, { id: cell.id });
  cell.state = checkedState(cell, state);
  if (cell.mode === "passive") return signalMode(cell);
  const started = cell.behaviour.lifecycle.started?.(cell.state, cell.context);
  return isPromise(started) ? started.then(() => signalMode(cell)) : signalMode(cell);
}

function begun(cell: CellCore): void {
  cell.context.handlerEnded();
  if (cell.mode === "passive") {
    // It may have been discarded meanwhile.
    if (cell.phase === "starting") enter(cell, "passive");
    return;
  }
  if (cell.phase === "starting") enter(cell, "running");
  else if (cell.watched) cell.host.changed(cell, false);
  stopIfTold(cell);
  cell.host.wake(cell);
}

/** False when it is not restarted: then it has ended, or is about to. */
function mayRestart(cell: CellCore, error: unknown): boolean {
  const { host, id } = cell;
  cell.timers.clear();
  cell.context.handlerEnded();
  if (stopIfTold(cell)) return false;
  const { restartMax, restartWithinMs } = host.limits;
  const tooMany = `crashed more than ${restartMax} times within ${restartWithinMs} ms and stays stopped`;
  const why =
    cell.spec.restart === "temporary" ? "crashed and is temporary" : cell.restarts.admit(host.now()) ? undefined : tooMany;
  if (why !== undefined) {
    if (why === tooMany) host.checks.mark("restartsUsedUp");
    finish(cell, "crashed", new ActorCrashed(`actor ${id} ${why}`, { id }, error));
    return false;
  }
  host.count("restarts");
  host.restarted(cell, toWireError(error));
  return true;
}
