/*
 * Checks the arguments of `hub.on`, `alter`, `off` and `handlers` before they reach the hooks.
 * Without it a misspelled event name would be accepted, and its handler never called.
 */
import { HubConfigError, shown } from "@process-hub/protocol";
import { z } from "zod";
import type { HandlerEntry, HandlerOptions } from "../events/handler-list.js";
import type { Hooks } from "../events/hooks.js";
import { type HookName, type HookOf, type HubEventName, type HubHandler, hubEventNames } from "../events/hub-events.js";
import { parseOptions } from "../settings/config-error.js";

const HandlerOptionsSchema = z.strictObject({
  priority: z.number().default(0),
  id: z.string().min(1).max(200).optional(),
});

/** The hooks as a user sees them: every argument is checked before it is used. */
export class HubHooks {
  readonly #hooks: Hooks;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
  }

  on<K extends HubEventName>(name: K, handler: HubHandler<K>, options: HandlerOptions = {}): void {
    named("on", name, hubEventNames);
    callable("on", handler);
    this.#hooks.on(name, handler, parseOptions("on", HandlerOptionsSchema, options));
  }

  alter(name: "childStart", change: HookOf<"childStart">, options: HandlerOptions = {}): void {
    named("alter", name, ["childStart"]);
    callable("alter", change);
    this.#hooks.alter(change, parseOptions("alter", HandlerOptionsSchema, options));
  }

  off<K extends HookName>(name: K, handlerOrId: HookOf<K> | string): void {
    named("off", name, [...hubEventNames, "childStart"]);
    if (typeof handlerOrId !== "string") callable("off", handlerOrId);
    this.#hooks.off(name, handlerOrId);
  }

  handlers(name: HookName): HandlerEntry[] {
    named("handlers", name, [...hubEventNames, "childStart"]);
    return this.#hooks.handlers(name);
  }
}

function named(call: string, name: unknown, allowed: readonly string[]): void {
  if (typeof name === "string" && allowed.includes(name)) return;
  const text = `hub.${call}: name: there is no ${shown(name)}, only ${allowed.join(", ")}`;
  throw new HubConfigError(text, { path: "name", given: shown(name), allowed: allowed.join(", ") });
}

function callable(call: string, handler: unknown): void {
  if (typeof handler === "function") return;
  const text = `hub.${call}: handler: takes a function; given: ${shown(handler)}`;
  throw new HubConfigError(text, { path: "handler", given: shown(handler), allowed: "a function" });
}
