/*
 * Refuses nodes that do not fit, hears the refusals of others, and words both as an error for whoever started the node.
 * Without it each side would word the same misfit by itself, and a refusal would tell strangers what this hub's settings are.
 */
import {
  type Datagram,
  type Hello,
  HubConfigError,
  type HubError,
  type JoinRefusal,
  type NodeCard,
  type NodeName,
  ProtocolMismatch,
  protocolVersion,
  SettingsMismatch,
} from "@process-hub/protocol";
import { z } from "zod";
import type { SharedSettings } from "../settings/shared-settings.js";
import type { Greeter } from "./greeter.js";

/** The hub and the node on whose side the error is. */
export interface Side {
  readonly hub: string;
  readonly node: NodeName;
  readonly settings: SharedSettings;
}

/** How refusals are sent, and who hears of them. */
export interface RefusalsPorts {
  readonly greeter: Pick<Greeter, "refuse" | "askedAtMs" | "life">;
  readonly side: () => Side & { readonly incarnation: string };
  readonly badFrame: (peer: NodeName, error: unknown) => void;
  /** This node does not fit: whether it ends depends on whether it joins. */
  readonly refused: (error: HubError) => void;
}

/** Enough of a greeting of any version to say that it is another. */
const AnyHello = z.looseObject({
  type: z.literal("hello"),
  version: z.int(),
  card: z.looseObject({ incarnation: z.string() }),
  asks: z.int().positive().optional().catch(undefined),
});

/** The refusals between this node and others. */
export class Refusals {
  readonly #ports: RefusalsPorts;

  constructor(ports: RefusalsPorts) {
    this.#ports = ports;
  }

  /** What does not fit the schemas is a bad frame; a greeting of another version is refused by that name. */
  unreadable(from: NodeName, whole: unknown, error: unknown): void {
    const hello = AnyHello.safeParse(whole);
    if (hello.success && hello.data.version !== protocolVersion)
      this.misfits(from, hello.data.card.incarnation, hello.data.asks, { why: "version", version: hello.data.version });
    else this.#ports.badFrame(from, error);
  }

  /** A greeting does not fit: its sender is told when it asked; else this node is the one that does not. */
  misfits(from: NodeName, life: string, asks: number | undefined, refusal: JoinRefusal): void {
    const { greeter, side, badFrame, refused } = this.#ports;
    const error = refusalError(side(), from, refusal);
    badFrame(from, error);
    if (asks === undefined) refused(error);
    else greeter.refuse(from, life, asks, refusal.why === "version" ? { ...refusal, version: protocolVersion } : refusal);
  }

  /** A newcomer has the name of this node. */
  namesake({ node, incarnation }: NodeCard, asks: number | undefined): void {
    const { greeter, side, badFrame } = this.#ports;
    const refusal = { why: "name" } as const;
    badFrame(node, refusalError(side(), node, refusal));
    if (asks !== undefined) greeter.refuse(node, incarnation, asks, refusal);
  }

  /** Another node refuses this one; it counts as the answer to a question of this life. */
  heard(from: NodeName, { to, answers, refusal }: Extract<Datagram, { type: "refuse" }>): void {
    const { greeter, side, refused } = this.#ports;
    const { incarnation, ...own } = side();
    if (to !== incarnation || greeter.askedAtMs(answers) === undefined) return;
    // This node has claimed the name meanwhile: its namesake hears of that, and ends.
    if (refusal.why === "name" && greeter.life.generation > 0) return;
    refused(refusalError(own, from, refusal));
  }
}

/** What does not fit about a greeting; undefined when it fits. */
export function misfit(settings: SharedSettings, hello: Pick<Hello, "settings">): JoinRefusal | undefined {
  const names = settings.differing(hello.settings);
  return names.length === 0 ? undefined : { why: "settings", names };
}

/** The error of a refusal between `side` and another node. */
function refusalError({ hub, node, settings }: Side, other: NodeName, refusal: JoinRefusal): HubError {
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
