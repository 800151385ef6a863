import { ChildSpec, encode, HubConfigError } from "@process-hub/protocol";
import type { StartOptions } from "./context.js";
import type { AnyActor } from "./definition.js";
import { firstIssue } from "./first-issue.js";

/**
 * What is needed to start an actor anywhere, from what its caller gave.
 * Throws `HubConfigError` for a wrong option and `NotSerializable` for arguments or metadata that cannot travel.
 */
export function childSpec(actor: AnyActor, options: StartOptions): ChildSpec {
  const { id, args, tag, metadata, restart, nodes } = options;
  encode(args, "args");
  encode(metadata, "metadata");
  const parsed = ChildSpec.safeParse({ id, actor: actor.name, args, tag, metadata, restart, nodes });
  if (parsed.success) return parsed.data;
  throw new HubConfigError(`start of an actor ${actor.name}: ${firstIssue(parsed.error)}`, {
    path: parsed.error.issues[0]?.path.join("."),
    given: String(id),
  });
}
