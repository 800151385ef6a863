/*
 * Judges what a start of several actors says it rolled back.
 * Without it a caller could be told that nothing runs, while actors run.
 */
import type { LifeRecord } from "./record.js";

/** An actor that runs at rest, and when its lineage began. */
export interface AtRest {
  readonly id: string;
  readonly node: string;
  readonly bornAtMs: number;
}

/** What a start says: the actors that it left running, and whether it stopped those that had started. */
interface StartOutcome {
  readonly rolledBack: boolean;
}

/** After a rollback no actor runs whose life began with that call, unless another call started it. */
export function judgeBatches(life: LifeRecord, running: readonly AtRest[]): string[] {
  return life.outcomes.flatMap((call) => {
    if (call.kind !== "batch" || (call.value as StartOutcome | undefined)?.rolledBack !== true) return [];
    const others = life.outcomes.filter((one) => one !== call && (one.kind === "start" || one.kind === "batch"));
    return running.flatMap(({ id, node, bornAtMs }) => {
      const mine = call.ids.includes(id) && bornAtMs >= call.fromMs && bornAtMs <= call.toMs;
      if (!mine || others.some((one) => one.ids.includes(id) && one.fromMs <= bornAtMs && one.toMs >= bornAtMs)) return [];
      return [`${call.what}, says that it was rolled back; ${id}, which it started at ${life.atMs(bornAtMs)}, runs on ${node}`];
    });
  });
}
