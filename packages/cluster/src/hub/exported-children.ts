/*
 * The list of a hub's actors as JSON, and back: what each was started with, not its state.
 * Without it a hub whose nodes were all down, or that is built anew elsewhere, could not be filled again.
 */
import { type AnyActor, type Child, child, childSpec } from "@process-hub/actor";
import { ActorId, type ChildSpec, HubConfigError, NodeName, RestartPolicy, shown } from "@process-hub/protocol";
import { z } from "zod";
import { parseOptions } from "../settings/config-error.js";
import { fromJson, toJson } from "./json-value.js";

/** One actor of an export. What JSON does not carry in `args` and `metadata` (Maps, Dates, bytes, ...) stands in base64 under `$encoded`. */
export const ExportedChild = z.strictObject({
  id: ActorId,
  /** The name of its definition. */
  actor: z.string().min(1),
  args: z.unknown().optional(),
  tag: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  restart: RestartPolicy.default("permanent"),
  nodes: z.array(NodeName).min(1).optional(),
  whenPossible: z.boolean().optional(),
});
export type ExportedChild = z.output<typeof ExportedChild>;

/** An actor as it is exported. */
export function exportedChild({ args, metadata, ...spec }: ChildSpec): ExportedChild {
  return {
    ...spec,
    ...(args === undefined ? {} : { args: toJson(args, "args") }),
    ...(metadata === undefined ? {} : { metadata: toJson(metadata, "metadata") as Record<string, unknown> }),
  };
}

/** The children of an export. Throws `HubConfigError` for what is none, for an id that comes twice, and for a kind that is not among `actors`. */
export function importedChildren(list: unknown, actors: readonly AnyActor[]): Child[] {
  const byName = new Map(actors.map((actor) => [actor.name, actor]));
  const ids = new Set<string>();
  return parseOptions("importChildren", z.array(ExportedChild), list, "list").map(
    ({ actor: name, args, metadata, ...rest }, index) => {
      const actor = byName.get(name);
      if (actor === undefined) {
        const allowed = `an actor that \`actors\` of this node lists: ${[...byName.keys()].join(", ") || "none"}`;
        throw wrong(`${index}.actor`, name, allowed);
      }
      if (ids.has(rest.id)) throw wrong(`${index}.id`, rest.id, "an id that no other entry has");
      ids.add(rest.id);
      const read = (field: string, json: unknown): unknown => {
        try {
          return fromJson(json);
        } catch (error) {
          throw wrong(`${index}.${field}`, json, `what exportChildren gives: ${String(error)}`);
        }
      };
      const options = { ...rest, args: read("args", args), metadata: read("metadata", metadata) as ExportedChild["metadata"] };
      childSpec(actor, options);
      return child(actor, options);
    },
  );
}

function wrong(path: string, value: unknown, allowed: string): HubConfigError {
  const given = shown(value);
  return new HubConfigError(`hub.importChildren: ${path}: takes ${allowed}; given: ${given}`, { path, given, allowed });
}
