import type { HistoryEvent, Message } from "./history.js";

/** The part of a history that a reader wants: faults and events, and the messages of the actors that the problems name; its last lines. */
export function traceOf(problems: readonly string[], history: readonly HistoryEvent[], lines = 60): string {
  const named = new Set(problems.flatMap((problem) => problem.split(/[\s,:;"]+/)));
  const concerned = (message: Message): boolean => named.has(message.to);
  const told = history.filter((event) =>
    event.kind === "made" || event.kind === "handling"
      ? concerned(event.message)
      : event.kind !== "event" || event.name !== "deadLetter",
  );
  return told.slice(-lines).map(line).join("\n");
}

function line(event: HistoryEvent): string {
  const at = `${(event.atMs - 1_000_000).toFixed(2).padStart(12)} ms`;
  switch (event.kind) {
    case "made":
      return `${at}  ${event.message.from} ${event.ask ? "asks" : "tells"} ${event.message.to} ${said(event.message)}`;
    case "handling":
      return `${at}  ${event.message.to}, epoch ${event.epoch} at ${event.place}, handles ${said(event.message)} of ${event.message.from}`;
    case "quorum":
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
