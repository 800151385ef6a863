import { ChildSpec, copyOf, optionError, shown, wrongOption } from "@process-hub/protocol";
import type { StartOptions } from "./context.js";
import type { TypedActor } from "./ref.js";

/**
 * Makes the spec that starts an actor anywhere from the options its caller gave; it shares nothing with them.
 * Throws `HubConfigError` for a wrong option and `NotSerializable` for arguments or metadata that cannot travel.
 * Without it what cannot travel would be found by the thread that is to run the actor, and not by the caller.
 */
export function childSpec(actor: TypedActor, options: StartOptions): ChildSpec {
  if (typeof options !== "object" || options === null)
    throw optionError(call(actor), { path: "options", given: shown(options), allowed: "takes options with an id" });
  const args = copyOf(options.args, "args");
  const metadata = copyOf(options.metadata, "metadata");
  const { nodes } = options;
  const own = { args, ...(metadata === undefined ? {} : { metadata }), ...(Array.isArray(nodes) ? { nodes: [...nodes] } : {}) };
  const parsed = ChildSpec.safeParse({ ...options, ...own, actor: actor.name });
  if (parsed.success) return parsed.data;
  throw optionError(call(actor), wrongOption(parsed.error.issues[0], options, ChildSpec.omit({ actor: true })));
}

function call({ name }: TypedActor): string {
  return `start of an actor ${name}`;
}
