import { settingsFingerprint } from "@process-hub/strategies";
import type { HubSettings } from "./settings.js";

/** Nodes count on each other's: how long a lease may last, when who is silent is down, how long a message may still come. */
const sharedTimings = ["heartbeatIntervalMs", "suspectAfterMs", "downAfterMs", "deliveryMs"] as const;

/**
 * What must be equal on all nodes of a hub, as a text that is equal exactly then: one line for each strategy with its settings, each time that
 * safety rests on, and the most bytes that the transport carries (what one node could send, another must be able to pass on).
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

/** The lines of each of two such texts that the other has not, in one line. */
export function differences(theirs: string, ours: string): { readonly theirs: string; readonly ours: string } {
  const only = (of: string, than: string): string => {
    const others = new Set(than.split("\n"));
    const lines = of.split("\n").filter((line) => !others.has(line));
    return lines.join("; ");
  };
  return { theirs: only(theirs, ours), ours: only(ours, theirs) };
}
