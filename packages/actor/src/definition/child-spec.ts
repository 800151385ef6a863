import { type ActorId, ChildSpec, copyOf, optionError, StartFailed, shown, wrongOption } from "@process-hub/protocol";
import { placementOf } from "./node-actor.js";
import { type AutoStart, kindOf, type TypedActor } from "./ref.js";
import type { StartOptions } from "./start-options.js";

/** What a caller gives; made once, since zod compiles a schema when it is first used. */
const OwnSpec = ChildSpec.omit({ bound: true, linked: true });
const OwnOptions = ChildSpec.omit({ actor: true, bound: true, linked: true });

/**
 * Makes the spec that starts an actor anywhere from the options its caller gave; it shares nothing with them.
 * Throws `HubConfigError` for a wrong option and `NotSerializable` for arguments or metadata that cannot travel. `parent`: the actor that starts it.
 * Without it what cannot travel would be found by the thread that is to run the actor, and not by the caller.
 */
export function childSpec(actor: TypedActor, options: StartOptions, parent?: ActorId): ChildSpec {
  if (placementOf(actor) === "node")
    throw optionError(call(actor.name), {
      path: "actor",
      given: `${actor.name}, whose placement is "node"`,
      allowed: "takes an actor that is started by somebody: one of these is on each node that lists it",
    });
  return specOf(actor.name, options, parent);
}

function specOf(actor: string, options: StartOptions, parent?: ActorId): ChildSpec {
  if (typeof options !== "object" || options === null)
    throw optionError(call(actor), { path: "options", given: shown(options), allowed: "takes options with an id" });
  const { linked = false, ...others } = options;
  if (typeof linked !== "boolean" || (linked && parent === undefined)) {
    const allowed =
      linked === true ? "takes none outside of an actor: `ctx.start` links to the actor that calls it" : "takes true or false";
    throw optionError(call(actor), { path: "linked", given: shown(linked), allowed });
  }
  const args = copyOf(options.args, "args");
  const metadata = copyOf(options.metadata, "metadata");
  const { nodes } = options;
  const own = { args, ...(metadata === undefined ? {} : { metadata }), ...(Array.isArray(nodes) ? { nodes: [...nodes] } : {}) };
  const parsed = OwnSpec.safeParse({ ...others, ...own, actor });
  if (parsed.success) return linked ? { ...parsed.data, linked: parent } : parsed.data;
  throw optionError(call(actor), wrongOption(parsed.error.issues[0], options, OwnOptions));
}

/**
 * The spec that starts an actor unless it is there: without `args`, with those that its kind's `autoStart` gives. Throws as `childSpec` does, and
 * `StartFailed` with what `autoStart` throws.
 */
export function specToGet(actor: TypedActor, options: StartOptions): ChildSpec {
  const { autoStart } = kindOf(actor);
  if (options.args !== undefined || autoStart === undefined) return childSpec(actor, options);
  return startedSpec(actor.name, autoStart, options.id);
}

/** The spec of an actor that its first message starts. Throws `StartFailed` with what `autoStart` throws, or that its args cannot travel. */
export function startedSpec(actor: string, autoStart: AutoStart, id: ActorId): ChildSpec {
  try {
    return specOf(actor, { id, args: autoStart(id) });
  } catch (error) {
    const text = `actor ${id}: the autoStart of its kind ${actor} gives no args: ${error instanceof Error ? error.message : String(error)}`;
    throw new StartFailed(text, { id, actor }, error);
  }
}

function call(name: string): string {
  return `start of an actor ${name}`;
}
