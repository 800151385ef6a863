import type { ThreadSettings } from "@process-hub/protocol";
import type { HubSettings } from "./settings.js";

/** What the threads of a node, its main thread included, need to know of the hub's settings; `messageBytes`: what its transport leaves for a message. */
export function threadSettings({ limits, timings, redundancy }: HubSettings, messageBytes: number | undefined): ThreadSettings {
  const { askTimeoutMs, handoffTimeoutMs, initTimeoutMs, stuckAfterMs, deliveryMs, markerRetryMs } = timings;
  const { mailbox, linkWindow, linkLetters, forwardings, restarts } = limits;
  return {
    mailbox,
    linkWindow,
    linkLetters,
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
    signals: redundancy.signals,
    standby: redundancy.standby,
  };
}
