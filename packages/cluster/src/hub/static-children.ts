/*
 * Starts the static children of a node: once in the cluster, when the node serves and the hub has begun.
 * Without it an upgraded node would not come up because of a child that no node can run yet.
 */
import { StartFailed } from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";
import type { Child } from "../settings/child.js";
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
 * already are left alone. Rejects with `StartFailed` when one cannot be started; then the node is closed.
 */
export async function openStatic(source: StaticChildrenSource): Promise<void> {
  const { node, children } = source;
  const { gate, opening, hooks } = node();
  const late = (): void => {
    startStatic(source).catch((error: unknown) => hooks.log("error", `${String(error)}: this node closes`, error));
  };
  await gate.opened(() => opening.whenOpen(late));
  if (children.length === 0 || !gate.serves) return;
  if (opening.isOpen) await startStatic(source);
  else opening.whenOpen(late);
}

async function startStatic({ children, start, close }: StaticChildrenSource): Promise<void> {
  if (children.length === 0) return;
  const { errors } = await start(children).catch(async (wrong: unknown) => {
    await close();
    throw wrong;
  });
  const [first] = errors;
  if (first === undefined) return;
  await close();
  const text = `the static child ${first.id} could not be started: ${first.error.message}`;
  throw new StartFailed(text, { id: first.id }, first.error);
}
