/*
 * Judges what watchers heard: an end that had come, with its reason.
 * Without it a watcher could be told the end of an actor that runs, and no life would see it.
 */
import type { NodeEvent } from "../chronicle.js";
import type { LifeRecord } from "./record.js";

/** Each end that a watcher heard of had come before. */
export function judgeWatches(life: LifeRecord): string[] {
  return life.chronicle.events("heardGone").flatMap((event) => {
    const { id, to, reason } = event.detail;
    if (isTrue(life, event)) return [];
    return [`${id} hears at ${life.atMs(event.atMs)} that ${to} is gone (${reason}): nothing had ended it`];
  });
}

function isTrue({ chronicle, presence, calls }: LifeRecord, { node, atMs, detail }: NodeEvent): boolean {
  const to = String(detail.to);
  const ends = chronicle.ofActor("childStopped", to, 0, atMs);
  switch (detail.reason) {
    case "Stop":
      // One that had no place just then has no cell whose end is told.
      return (
        ends.some((end) => end.detail.reason !== "crashed") ||
        (calls.some(({ kind, ids, fromMs }) => kind === "stop" && ids.includes(to) && fromMs <= atMs) &&
          chronicle.ofActor("childUnregistered", to, 0, atMs).length > 0)
      );
    case "Crash":
      return ends.some((end) => end.detail.reason === "crashed");
    case "NotFound":
      return presence.wasUnknownTo(node, to, 0, atMs);
    default:
      // None of the wards may end with its node.
      return false;
  }
}
