import { ChildSpec, encode, HubConfigError } from "@process-hub/protocol";
import type { StartOptions } from "./context.js";
import type { AnyActor } from "./definition.js";
import { firstIssue } from "./first-issue.js";

/**
 * What is needed to start an actor anywhere, from what its caller gave.
 * Throws `HubConfigError` for a wrong option and `NotSerializable` for arguments or metadata that cannot travel.
 */
export function childSpec(actor: AnyActor, options: StartOptions): ChildSpec {
  if (typeof options !== "object" || options === null) {
    const given = String(options);
    throw new HubConfigError(`start of an actor ${actor.name}: takes options with an id; given: ${given}`, {
      path: "options",
      given,
    });
  }
  const { id, args, metadata } = options;
  encode(args, "args");
  encode(metadata, "metadata");
  const parsed = ChildSpec.safeParse({ ...options, args, actor: actor.name });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
  throw new HubConfigError(`start of an actor ${actor.name}: ${firstIssue(parsed.error)}`, { path, given: String(id) });
}
