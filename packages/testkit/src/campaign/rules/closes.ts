/*
 * Judges how long a close took, and whether it named what it ended.
 * Without it a close could pass its deadline, or end an actor and its state without a word.
 */
import { nodeOf } from "@process-hub/protocol";
import type { Outcome } from "../outcomes.js";
import type { LifeRecord } from "./record.js";

/** How much longer than its deadline a close may take. */
const graceMs = 100;

/** Each close ends by its deadline, names what it ended, and fails only when its node crashed. */
export function judgeCloses(life: LifeRecord): string[] {
  return life.outcomes.flatMap((call) => (call.kind === "close" ? judgeClose(life, call) : []));
}

function judgeClose(life: LifeRecord, close: Outcome): string[] {
  const { chronicle, settings } = life;
  const { by = "", fromMs, toMs, failure, what } = close;
  if (chronicle.wasDown(by, fromMs, toMs)) return [];
  if (failure !== undefined) return [`${what}, failed, and its node had not crashed: ${failure.code}: ${failure.message}`];
  const problems: string[] = [];
  const tookMs = toMs - fromMs - chronicle.asleepMs(by, fromMs, toMs);
  const deadlineMs = close.timeoutMs ?? settings.shutdownTimeoutMs;
  if (tookMs > deadlineMs + graceMs) problems.push(`${what}, took ${tookMs.toFixed(1)} ms; its deadline was ${deadlineMs}`);
  const named = new Set((close.value as { readonly ended: readonly string[] }).ended);
  const stopped = chronicle.events("childStopped", fromMs, toMs);
  for (const { node, detail } of stopped) {
    if (node === by && detail.reason === "shutdown" && !named.has(String(detail.id)))
      problems.push(`${what}, ended ${detail.id} and does not name it`);
  }
  for (const event of life.events) {
    if (event.kind !== "handling" || event.atMs <= toMs || nodeOf(event.place) !== by) continue;
    if (!chronicle.opened(by, toMs, event.atMs) && !chronicle.doubled(by, fromMs, toMs))
      problems.push(`${what}, was over when ${event.message.to} still handled a message there`);
  }
  return problems;
}
