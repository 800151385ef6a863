/*
 * Judges what nodes say of each other: that a member is gone, that this node does not serve, that a thread has ended.
 * Without it a node that gives up a healthy one would be an explanation for all that follows from it.
 */
import type { Chronicle, NodeEvent } from "../chronicle.js";
import { mayPause } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** Each member that was given up, each pause, and each death of a thread has a cause that the history names. */
export function judgeDeaths(life: LifeRecord): string[] {
  const { chronicle, settings } = life;
  const problems: string[] = [];
  const windowMs = settings.deathMs;
  for (const event of chronicle.events("memberLeft")) {
    const { node, reason } = event.detail;
    if (settings.drops && reason === "down") continue;
    if (reason === "left" && chronicle.leavesOn(String(node), event.atMs)) continue;
    if (!isGone(chronicle, event, String(node), windowMs))
      problems.push(
        `${event.node} takes ${node} for gone (${reason}) at ${life.atMs(event.atMs)}: nothing had happened to either`,
      );
  }
  for (const event of chronicle.events("partitionChanged")) {
    if (settings.drops) break;
    if (event.detail.partitioned === true && !mayPause(life, event.node, event.atMs, event.atMs))
      problems.push(`${event.node} pauses at ${life.atMs(event.atMs)}: no node had come, gone, slept or been cut off`);
  }
  for (const { node, atMs, detail } of chronicle.events("threadExited")) {
    if (!chronicle.kills.some((kill) => kill.node === node && kill.thread === detail.thread && kill.atMs <= atMs))
      problems.push(`thread ${detail.thread} of ${node} ended at ${life.atMs(atMs)}: nobody had killed it`);
  }
  return problems;
}

/** A node is gone when it left, or died, slept or was cut off from the other, or when its name has begun another life, also by its own word; or the other had. */
function isGone(chronicle: Chronicle, { node: by, atMs }: NodeEvent, node: string, windowMs: number): boolean {
  const fromMs = atMs - windowMs;
  return (
    chronicle.wasDown(node, fromMs, atMs) ||
    chronicle.wasLeaving(node, fromMs, atMs) ||
    chronicle.wasLeaving(by, fromMs, atMs) ||
    chronicle.slept(node, fromMs, atMs) ||
    chronicle.slept(by, fromMs, atMs) ||
    chronicle.wasCut(by, node, fromMs, atMs) ||
    chronicle.opened(node, fromMs, atMs) ||
    chronicle.opened(by, fromMs, atMs) ||
    // The first process of a name hears of the second one before that serves.
    chronicle.events("replaced", fromMs, atMs).some((event) => event.node === node)
  );
}
