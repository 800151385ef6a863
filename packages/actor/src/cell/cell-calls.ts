/**
 * The calls of a handler to its hub, checked before they leave the thread.
 * Without it a wrong argument would come back as an error of the main thread that does not name it.
 */
import { checkId, type HubCall, HubConfigError, optionError, shown } from "@process-hub/protocol";
import type { ActorQuery } from "../definition/listed-actor.js";
import type { CellCore } from "./cell-core.js";

/** `ctx.list`, as it travels. Throws `HubConfigError`. */
export function listCall(query: ActorQuery): HubCall {
  const allowed = "takes an object with any of actor (a definition, or its name) and tag";
  if (typeof query !== "object" || query === null) throw optionError("ctx.list", { path: "query", given: shown(query), allowed });
  const { actor, tag, ...rest } = query;
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw optionError("ctx.list", { path: other, given: shown(query), allowed });
  const name = typeof actor === "object" && actor !== null ? actor.name : actor;
  if (name !== undefined && typeof name !== "string")
    throw optionError("ctx.list", { path: "actor", given: shown(actor), allowed });
  if (tag !== undefined && typeof tag !== "string") throw optionError("ctx.list", { path: "tag", given: shown(tag), allowed });
  return { type: "list", ...(name === undefined ? {} : { actor: name }), ...(tag === undefined ? {} : { tag }) };
}

/** `ctx.stop`, as it travels. Throws `HubConfigError`, also for the actor itself: its handler would wait for its own end. */
export function stopCall({ id: own }: CellCore, id: string, options: { readonly timeoutMs?: number | undefined }): HubCall {
  checkId("ctx.stop", id);
  if (id === own) {
    const allowed = "the id of another actor: one ends itself by `ctx.stopSelf()`";
    throw new HubConfigError(`ctx.stop: takes ${allowed}; given: ${id}`, { path: "id", given: id, allowed });
  }
  const { timeoutMs } = options;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw optionError("ctx.stop", { path: "timeoutMs", given: shown(timeoutMs), allowed: "takes a number above 0" });
  return { type: "stop", id, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
