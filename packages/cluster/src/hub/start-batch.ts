/*
 * Starts a batch of actors for a user: checks it, follows it to its end or its deadline, rolls it back, and words its result.
 * Without it the public face of a node would be mostly about starts.
 */

import type { BatchMessages, Child } from "@process-hub/actor";
import { type ActorKind, type ActorRef, childSpec, kindOf } from "@process-hub/actor";
import {
  type ActorId,
  type ChildSpec,
  fromWireError,
  inSlices,
  type NodeName,
  StartFailed,
  type StartOutcome,
} from "@process-hub/protocol";
import { hasStopped, type Stopped } from "../lifecycle/stopper.js";
import type { NodeDoor } from "../node/node-door.js";
import { parseOptions } from "../settings/config-error.js";
import { checkedActor, checkedList, StartOptionsSchema } from "./hub-options.js";
import type { HubRefs } from "./hub-refs.js";
import { type ChildError, StartResult } from "./results.js";
import { startOutcomes } from "./start-outcomes.js";
import { hostsOf, Starting, type StopStarted } from "./starting.js";

/** The bounds of a batch of starts, and what happens when a start fails. */
export interface StartChildrenOptions {
  /** `"rollback"` stops the started ones when any fails. Default: `"continue"`. */
  readonly onFailure?: "continue" | "rollback";
  /** Default true: an actor that runs already is an `AlreadyStarted` error. False: it counts as started where it runs. */
  readonly checkExisting?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The node that starts, which a rename replaces, and the references that a result gives. */
export interface BatchSource {
  readonly node: () => NodeDoor;
  readonly refs: HubRefs;
  /** Throws when the hub is closed. */
  readonly assertOpen: () => void;
}

/** Starts a batch; each child has its own outcome. Rejects only for a closed hub, a wrong option, or an aborted signal. */
export async function startBatch<C extends Child>(
  { node, refs, assertOpen }: BatchSource,
  children: readonly C[],
  options: StartChildrenOptions,
): Promise<StartResult<BatchMessages<C>>> {
  const { onFailure, checkExisting, timeoutMs, signal } = parseOptions("startChildren", StartOptionsSchema, options);
  signal?.throwIfAborted();
  const { clock } = node();
  const endAtMs = clock.now() + (timeoutMs ?? 0);
  const specs: ChildSpec[] = [];
  const kinds = new Map<string, ActorKind>();
  const checked = inSlices(clock, checkedList("startChildren", "children", children), (some) => {
    for (const one of some) {
      specs.push(specOf(node(), one));
      if (!kinds.has(one.actor.name)) kinds.set(one.actor.name, kindOf(one.actor));
    }
  });
  if (checked !== undefined) {
    await checked;
    assertOpen();
    signal?.throwIfAborted();
  }
  const tooFew = node().opening.isOpen ? undefined : await untilBegun(node(), specs, timeoutMs, signal);
  if (tooFew !== undefined) {
    assertOpen();
    return new StartResult([], tooFew, onFailure === "rollback", new Map());
  }
  const starting = new Starting(node(), specs);
  const stop: StopStarted = (hosts) => node().stopper.stop([...hosts.keys()], node().settings.timings.stopTimeoutMs, hosts);
  const undo = (before?: ReadonlyMap<ActorId, NodeName>): void => {
    void starting.rollBack(stop, before);
    // What waits for a node would have no outcome before one comes.
    const waiting = starting.waiting().filter((id) => node().registry.current(id)?.waiting?.fresh === true);
    if (waiting.length > 0) void node().stopper.stop(waiting, node().settings.timings.stopTimeoutMs);
  };
  let outcomes: readonly StartOutcome[];
  try {
    outcomes = await starting.within(timeoutMs === undefined ? undefined : Math.max(1, endAtMs - clock.now()), signal);
  } catch (aborted) {
    if (onFailure === "rollback") undo();
    throw aborted;
  }
  const started: StartResult["started"][number][] = [];
  const errors: ChildError[] = [];
  const made = new Map<ActorId, ActorRef<BatchMessages<C>>>();
  const byId = new Map<ActorId, ChildSpec>();
  await inSlices(clock, specs, (some) => {
    for (const spec of some) byId.set(spec.id, spec);
  });
  await inSlices(clock, outcomes, (some) => {
    const known = startOutcomes(node(), byId, some, checkExisting);
    for (const one of known.started) {
      started.push(one);
      const kind = kinds.get(byId.get(one.id)?.actor ?? "");
      if (kind !== undefined) made.set(one.id, refs.refTo(kind, one.id));
    }
    errors.push(...known.errors);
  });
  if (errors.length === 0 || onFailure === "continue") return new StartResult(started, errors, false, made);
  const hosts = hostsOf(outcomes);
  const { decided } = starting;
  // A start whose outcome comes after the deadline is stopped when it comes.
  if (!starting.settled) undo(hosts);
  const undone = hosts.size === 0 ? [] : await stop(hosts);
  const left = undone.filter((one) => !hasStopped(one) && one.error?.code !== "ActorNotFound");
  const leftIds = new Set(left.map(({ id }) => id));
  const still = started.filter(({ id }) => leftIds.has(id));
  const stillRefs = new Map([...made].filter(([id]) => leftIds.has(id)));
  return new StartResult(still, [...errors, ...stopErrors(left)], decided && still.length === 0, stillRefs);
}

/** The errors of stops that failed. */
export function stopErrors(outcomes: readonly Stopped[]): ChildError[] {
  return outcomes.flatMap(({ id, node, error }) => (error === undefined ? [] : [{ id, node, error: fromWireError(error) }]));
}

/** Waits for the hub to begin, as long as the start may take. The error of each start if it has not by then; undefined: it has. */
async function untilBegun(
  { opening, settings, local }: NodeDoor,
  specs: readonly ChildSpec[],
  timeoutMs = settings.timings.askTimeoutMs,
  signal?: AbortSignal,
): Promise<ChildError[] | undefined> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    void opening.waitWithin(timeoutMs).then(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
  });
  const { missing } = opening;
  if (missing === undefined) return undefined;
  const { present, required } = opening.members;
  return specs.map(({ id }) => {
    const text = `actor ${id} is not started: after ${timeoutMs} ms ${missing}`;
    return { id, node: local.name, error: new StartFailed(text, { id, members: present, minMembers: required }) };
  });
}

function specOf({ startHooks }: NodeDoor, one: Child): ChildSpec {
  const { actor, options } = one ?? {};
  checkedActor("start", actor);
  return startHooks.altered(childSpec(actor, options));
}
