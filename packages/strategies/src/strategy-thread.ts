/**
 * The worker side of `ownThread`: imports the module of a strategy, makes it from its settings and answers for it.
 * Without it a thread could not have a strategy: functions do not travel.
 */
import { exportedParts, StartFailed, strategyAnswers } from "@process-hub/protocol";
import { z } from "zod";
import type { AnyStrategy } from "./any-strategy.js";
import { type MessagePortLike, messagePort } from "./message-port.js";
import { serveStrategy } from "./serve-strategy.js";

/** The URL of this module, whose `serve` a thread imports to run a strategy. */
export const strategyServer = import.meta.url;

const Origin = z.strictObject({ module: z.string(), name: z.string(), settings: z.unknown() });

/** A port that tells when it is closed. */
export interface ClosingPort extends MessagePortLike {
  on(event: "message" | "messageerror" | "close", listener: (message: unknown) => void): unknown;
}

/**
 * Makes the strategy that `module` exports under `name`, runs it behind the port, and resolves when that is closed.
 * Rejects with `StartFailed` for a module that does not export it.
 */
export async function serve(origin: unknown, port: ClosingPort): Promise<void> {
  const { module, name, settings } = Origin.parse(origin);
  const exported: Record<string, unknown> = await import(module);
  const factory = exportedParts(exported)
    .map((part) => part[name])
    .find((value) => typeof value === "function");
  const strategy: unknown = typeof factory === "function" ? factory(settings) : undefined;
  if (!isStrategy(strategy) || strategy.name !== name)
    throw new StartFailed(`${module} does not export the strategy ${name}: export what defineStrategy returns, under its name`, {
      strategy: name,
      module,
    });
  const closed = new Promise<void>((resolve) => port.on("close", () => resolve()));
  serveStrategy(strategy, messagePort(port));
  await closed;
}

function isStrategy(value: unknown): value is AnyStrategy {
  return (
    typeof value === "object" &&
    value !== null &&
    "family" in value &&
    typeof value.family === "string" &&
    value.family in strategyAnswers
  );
}
