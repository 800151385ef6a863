/*
 * Picks from a hub's settings those that its threads use.
 * Without it threads would get the whole settings, with strategies and hooks that cannot be sent to a thread.
 */
import type { ThreadSettings } from "@process-hub/protocol";
import type { HubSettings } from "./settings.js";

/** The settings of a node's threads, its main thread included; `messageBytes`: the largest message that the transport carries. */
export function threadSettings(
  { limits, timings, redundancy, threads }: HubSettings,
  messageBytes: number | undefined,
): ThreadSettings {
  const { askTimeoutMs, handoffTimeoutMs, initTimeoutMs, stuckAfterMs, deliveryMs, markerRetryMs } = timings;
  const {
    mailbox,
    actorWindow = Math.min(1_024, Math.ceil(mailbox / 2)),
    tasks,
    linkWindow,
    linkLetters,
    heldBytes,
    forwardings,
    restarts,
  } = limits;
  return {
    mailbox,
    actorWindow,
    tasks,
    linkWindow,
    linkLetters,
    heldBytes,
    forwardings,
    restartMax: restarts.max,
    restartWithinMs: restarts.withinMs,
    askTimeoutMs,
    handoffTimeoutMs,
    initTimeoutMs,
    stuckAfterMs,
    deliveryMs,
    markerRetryMs,
    evacuationLookMs: markerRetryMs / 10,
    messageBytes,
    onUnhandled: threads.onUnhandled,
    signals: redundancy.signals,
    standby: redundancy.standby,
    acknowledge: redundancy.acknowledge,
  };
}
