/*
 * Renders the part of a history that explains a failure, as lines to read.
 * Without it an error would show thousands of events, most of other actors.
 */
import type { HistoryEvent, Message } from "./history.js";

/**
 * The last lines of a history's relevant part: faults, events of nodes and threads, and all events of the actors that the problems name (of
 * all actors, where there are no problems). `startAtMs`: the instant that is shown as 0.
 */
export function traceOf(
  problems: readonly string[] | undefined,
  history: readonly HistoryEvent[],
  startAtMs: number,
  lines = 60,
): string {
  const named = new Set((problems ?? []).flatMap((problem) => problem.split(/[\s,:;"]+/)));
  const told = history.filter((event) => {
    if (problems === undefined) return true;
    if (event.kind !== "made" && event.kind !== "handling" && event.kind !== "event") return true;
    const actors = event.kind === "event" ? actorsOf(event.detail) : [event.message.to];
    return actors === undefined || actors.some((id) => named.has(id));
  });
  return told
    .slice(-lines)
    .map((event) => line(event, startAtMs))
    .join("\n");
}

/** The actors that an event is about; undefined for one about nodes or threads. */
function actorsOf(detail: unknown): readonly string[] | undefined {
  const { id, ids, to } = (detail ?? {}) as { readonly id?: string; readonly ids?: readonly string[]; readonly to?: string };
  if (ids !== undefined) return ids;
  const one = id ?? to;
  return one === undefined ? undefined : [one];
}

function line(event: HistoryEvent, startAtMs: number): string {
  const at = `${(event.atMs - startAtMs).toFixed(2).padStart(12)} ms`;
  switch (event.kind) {
    case "made":
      return `${at}  ${event.message.from} ${event.ask ? "asks" : "tells"} ${event.message.to} ${said(event.message)}`;
    case "handling":
      return `${at}  ${event.message.to}, epoch ${event.epoch} at ${event.place}, handles ${said(event.message)} of ${event.message.from}`;
    case "quorum":
    case "copies":
      return `${at}  ---- under ${event.strategy}`;
    case "fault":
      return `${at}  ---- ${event.what}`;
    case "event":
      return `${at}  ${event.node}: ${event.name} ${JSON.stringify(event.detail)?.slice(0, 160)}`;
    default:
      return event satisfies never;
  }
}

function said({ name, input }: Message): string {
  return `${name} ${JSON.stringify(input) ?? ""}`.slice(0, 100);
}
