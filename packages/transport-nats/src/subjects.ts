/**
 * The subjects of a hub: one for all its nodes, one for each.
 * Without the escaping two hubs or nodes could share a subject, or a name with a dot or star would listen to others.
 */
import { HubConfigError, type NodeName } from "@process-hub/protocol";

/** The subjects of one hub: where all its nodes listen, and where one of them does. */
export interface Subjects {
  readonly all: string;
  node(name: NodeName): string;
}

/** The server's limit for a whole command line is 4,096 bytes; this leaves room for the rest of it. */
const maxSubjectLength = 3_000;

/** The subjects of a hub under a prefix. Throws `HubConfigError` when the hub's id is too long for a subject. */
export function subjectsOf(prefix: string, hub: string): Subjects {
  const base = `${prefix}.${token(hub)}`;
  if (base.length > maxSubjectLength)
    throw new HubConfigError(`natsTransport: the hub's id is too long for a NATS subject: ${hub.length} characters`, {
      path: "id",
      given: `${hub.length} characters`,
      allowed: "an id whose subject has at most 3,000 characters",
    });
  return { all: `${base}.all`, node: (name) => `${base}.node.${token(name)}` };
}

/** Any text as one token of a subject; different texts give different tokens. */
export function token(text: string): string {
  if (text === "") return "%";
  return text.replaceAll(/[^A-Za-z0-9_-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
