/*
 * Brings the log lines of a hub to a logger; without one, warnings and errors to stderr.
 * Without it a program that listens to nothing would never learn that its actors crash.
 */
import { inspect } from "node:util";
import type { Hub, HubEvents, Logger } from "@process-hub/cluster";

type Line = HubEvents["log"];

/** Writes every log line of a hub, until it closes. `write` takes lines for stderr. */
export function logHub(
  hub: Pick<Hub, "on" | "node">,
  logger: Logger | false | undefined,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): void {
  if (logger === false) return;
  hub.on("log", (line) => {
    if (logger !== undefined) logger[line.level](inWords(line, hub.node), line.data);
    else if (line.level === "warn" || line.level === "error") write(`${line.level}: ${inWords(line, hub.node)}${dataOf(line)}\n`);
  });
}

function inWords({ id, message }: Line, node: string): string {
  return id === undefined ? `${node}: ${message}` : `${node}: ${id}: ${message}`;
}

function dataOf({ data }: Line): string {
  if (data === undefined) return "";
  return `\n${inspect(data, { depth: 4 }).replaceAll(/^/gm, "  ")}`;
}
