/*
 * Why a node is not let in, as an error for whoever started it.
 * Without it each side would word the same misfit by itself, and a refusal would tell strangers what this hub's settings are.
 */
import {
  type Hello,
  HubConfigError,
  type HubError,
  type JoinRefusal,
  type NodeName,
  ProtocolMismatch,
  protocolVersion,
  SettingsMismatch,
} from "@process-hub/protocol";
import type { SharedSettings } from "../settings/shared-settings.js";

/** The hub and the node on whose side the error is. */
export interface Side {
  readonly hub: string;
  readonly node: NodeName;
  readonly settings: SharedSettings;
}

/** What does not fit about a greeting; undefined when it fits. */
export function misfit(settings: SharedSettings, hello: Pick<Hello, "settings">): JoinRefusal | undefined {
  const names = settings.differing(hello.settings);
  return names.length === 0 ? undefined : { why: "settings", names };
}

/** The error of a refusal between `side` and another node. */
export function refusalError({ hub, node, settings }: Side, other: NodeName, refusal: JoinRefusal): HubError {
  switch (refusal.why) {
    case "name":
      return new HubConfigError(`a node named ${node} is in the hub ${hub} already: names are unique`, {
        path: "node",
        given: node,
        allowed: "a name that no other node of the hub has",
      });
    case "version": {
      const { version } = refusal;
      const text = `node ${other} speaks version ${version} of the protocol, node ${node} version ${protocolVersion}: run one version`;
      return new ProtocolMismatch(text, { version });
    }
    case "settings": {
      const { names } = refusal;
      if (names.includes("id"))
        return new HubConfigError(`node ${other} belongs to another hub, not to ${hub}`, { path: "id", given: hub });
      const ours = settings.inWords(names);
      const text = `nodes ${other} and ${node} of hub ${hub} have different settings: ${names.join(", ")}. Node ${node} has ${ours}: give all nodes of a hub the same`;
      return new SettingsMismatch(text, { node: other, names, ours });
    }
  }
}
