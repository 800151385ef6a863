/*
 * Starts what a node begins with when it serves and the hub has begun: its own actors, and the static children, once in the cluster.
 * Without it an upgraded node would not come up because of a child that no node can run yet.
 */

import type { Child } from "@process-hub/actor";
import { after, HubClosed, StartFailed } from "@process-hub/protocol";
import { isPassing } from "../lifecycle/on-demand.js";
import type { NodeDoor } from "../node/node-door.js";
import type { Placed } from "../placement/kind-placement.js";
import { isNowhere } from "../placement/no-node.js";
import { startNodeActors } from "./node-actors.js";
import type { StartResult } from "./results.js";

/** What the static children are started by. */
export interface StaticChildrenSource {
  readonly node: () => NodeDoor;
  readonly children: readonly Child[];
  /** Starts those that do not run yet. */
  readonly start: (children: readonly Child[]) => Promise<StartResult>;
  /** One of them could not be started. */
  readonly close: () => Promise<unknown>;
}

/**
 * Starts the static children when this node may, and resolves when they run if that is now. Each starts once in the cluster: those that run
 * already are left alone; one that no node can run yet starts when one can. Rejects with `StartFailed` when one fails; then the node is closed.
 */
export async function openStatic(source: StaticChildrenSource): Promise<void> {
  const { node } = source;
  const { gate, opening, hooks } = node();
  const late = (): void => {
    startAll(source).catch((error: unknown) => hooks.log("error", `${String(error)}: this node closes`, error));
  };
  await gate.opened(() => opening.whenOpen(late));
  if (!gate.serves) return;
  if (opening.isOpen) await startAll(source);
  else opening.whenOpen(late);
}

/** Starts the node's own actors, then its static children. */
async function startAll(source: StaticChildrenSource): Promise<void> {
  await startNodeActors(source.node()).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  if (source.children.length > 0) await startStatic(source);
}

/** Starts those that a node can run by now; the others when one can. */
async function startStatic(source: StaticChildrenSource): Promise<void> {
  const { children, start, close } = source;
  const { ownership, hooks } = source.node();
  const waiting = new Set<Child>(children.filter((one) => ownership.placement.owners(placedOf(one), 1).length === 0));
  const able = children.filter((one) => !waiting.has(one));
  const errors = await startedAll(source, able).catch(async (wrong: unknown) => {
    await close();
    throw wrong;
  });
  // A node that could run it may have gone meanwhile.
  const wrong = errors.find(({ error }) => !isNowhere(error));
  if (wrong !== undefined) {
    await close();
    const text = `the static child ${wrong.id} could not be started: ${wrong.error.message}`;
    throw new StartFailed(text, { id: wrong.id }, wrong.error);
  }
  const gone = new Set(errors.map(({ id }) => id));
  const late = children.filter((one) => waiting.has(one) || gone.has(one.options.id));
  if (late.length === 0) return;
  const ids = late.map(({ options }) => options.id).join(", ");
  hooks.log("warn", `no node can run the static children ${ids} yet: they start when one can`);
  const told = (error: unknown): void => hooks.log("error", `static children did not start: ${String(error)}`, error);
  start(late.map(({ actor, options }) => ({ actor, options: { ...options, whenPossible: true } }))).then((result) => {
    for (const { error } of result.errors) if (!(error instanceof HubClosed)) told(error);
  }, told);
}

/** Starts them, again those that failed by what passes, such as the death of the node that was asked. Resolves with the errors that are left. */
async function startedAll({ start, node }: StaticChildrenSource, children: readonly Child[]): Promise<StartResult["errors"]> {
  const { clock, settings } = node();
  const { startTimeoutMs, markerRetryMs } = settings.timings;
  const endAtMs = clock.now() + startTimeoutMs;
  const failed: StartResult["errors"][number][] = [];
  for (let left = children; left.length > 0; ) {
    const { errors } = await start(left);
    const passing = new Set(errors.flatMap(({ id, error }) => (isPassing(error) && clock.now() < endAtMs ? [id] : [])));
    failed.push(...errors.filter(({ id }) => !passing.has(id)));
    left = left.filter(({ options }) => passing.has(options.id));
    if (left.length > 0) await after(clock, markerRetryMs);
  }
  return failed;
}

/** What of a child its place depends on; `childSpec` checks it when it starts. */
function placedOf({ actor, options: { id, nodes } }: Child): Placed {
  return { id, actor: actor.name, ...(nodes === undefined ? {} : { nodes }) };
}
