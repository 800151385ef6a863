import { ChildSpec, encode, HubConfigError, shown } from "@process-hub/protocol";
import type { StartOptions } from "./context.js";
import type { TypedActor } from "./ref.js";

/**
 * What is needed to start an actor anywhere, from what its caller gave.
 * Throws `HubConfigError` for a wrong option and `NotSerializable` for arguments or metadata that cannot travel.
 */
export function childSpec(actor: TypedActor, options: StartOptions): ChildSpec {
  if (typeof options !== "object" || options === null) throw wrong(actor, "options", options, "takes options with an id");
  const { args, metadata } = options;
  encode(args, "args");
  encode(metadata, "metadata");
  const parsed = ChildSpec.safeParse({ ...options, args, actor: actor.name });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const keys = unknownKey === undefined ? (issue?.path ?? []) : [unknownKey];
  const given = keys.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], options);
  const allowed =
    unknownKey === undefined
      ? (issue?.message ?? "is wrong")
      : `there is no such option, only ${Object.keys(ChildSpec.omit({ actor: true }).shape).join(", ")}`;
  throw wrong(actor, keys.map(String).join("."), given, allowed);
}

function wrong(actor: TypedActor, path: string, value: unknown, allowed: string): HubConfigError {
  const given = shown(value);
  const text = `start of an actor ${actor.name}: ${path}: ${allowed}; given: ${given}`;
  return new HubConfigError(text, { path, given, allowed });
}
