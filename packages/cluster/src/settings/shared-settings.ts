/*
 * The settings that must be equal on all nodes of a hub, as one text to compare.
 * Without it nodes with different strategies or times would form one hub and contradict each other.
 */
import { settingsFingerprint } from "@process-hub/strategies";
import type { HubSettings } from "./settings.js";

/** Times that nodes rely on in each other: how long a lease may last, when a silent node is down, how long a message may still come. */
const sharedTimings = ["heartbeatIntervalMs", "suspectAfterMs", "downAfterMs", "deliveryMs"] as const;

/**
 * A text that is equal on two nodes exactly when their shared settings are: one line for each strategy with its settings, for each time
 * that safety rests on, and for the most bytes that the transport carries (a message that one node sends, another must be able to pass on).
 *
 * @example "migration coldSwap {\"handover\":false}\ntimings.downAfterMs 2000\ntransport.maxBytes none"
 */
export function sharedSettings(settings: HubSettings, maxBytes: number | undefined): string {
  const { distribution, migration, redundancy, synchronization, partitionTolerance, timings } = settings;
  const strategies = [distribution, migration, redundancy, synchronization, partitionTolerance];
  return [
    ...strategies.map((strategy) => settingsFingerprint([strategy])),
    ...sharedTimings.map((name) => `timings.${name} ${timings[name]}`),
    `transport.maxBytes ${maxBytes ?? "none"}`,
  ].join("\n");
}

/** The lines that only one of two such texts has, for each in one line. */
export function differences(theirs: string, ours: string): { readonly theirs: string; readonly ours: string } {
  const only = (of: string, than: string): string => {
    const others = new Set(than.split("\n"));
    const lines = of.split("\n").filter((line) => !others.has(line));
    return lines.join("; ");
  };
  return { theirs: only(theirs, ours), ours: only(ours, theirs) };
}
