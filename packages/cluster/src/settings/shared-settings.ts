/*
 * The settings that must be equal on all nodes of a hub: as text for this node's user, as digests for the others.
 * Without it nodes with different strategies would form one hub and contradict each other. (Times by which nodes wait for each other are on their cards.)
 */
import { createHash } from "node:crypto";
import { settingsFingerprint } from "@process-hub/strategies";
import { ownRedundancies } from "./kind-strategies.js";
import type { HubSettings } from "./settings.js";

/** What the names of settings begin with that only nodes which list a kind share: the kind's name follows. */
const ofKind = "redundancy of ";

/**
 * The shared settings of a node. Their digests are equal on two nodes exactly when the settings are. Nodes exchange only the digests, so
 * that a greeting tells who overhears it neither the hub's id nor its settings.
 */
export class SharedSettings {
  readonly #values: ReadonlyMap<string, string>;
  /** The digest of each, by name: SHA-256 over the hub's id, the name and the value, the first 96 bits. */
  readonly digests: Readonly<Record<string, string>>;

  /** `values`: each as text, by name. */
  constructor(hub: string, values: ReadonlyMap<string, string>) {
    this.#values = values;
    this.digests = Object.fromEntries(
      [["id", hub] as const, ...values].map(([name, value]) => [
        name,
        createHash("sha256")
          .update(JSON.stringify([hub, name, value]))
          .digest("base64url")
          .slice(0, 16),
      ]),
    );
  }

  /** The names of those that differ from another node's digests, or that only one of the two has, unless that is a kind's. `["id"]` alone: it is another hub's node. */
  differing(theirs: Readonly<Record<string, string>>): string[] {
    if (theirs.id !== this.digests.id) return ["id"];
    const names = new Set([...Object.keys(this.digests), ...Object.keys(theirs)]);
    const isOne = (name: string): boolean => theirs[name] === undefined || this.digests[name] === undefined;
    return [...names].filter((name) => theirs[name] !== this.digests[name] && !(name.startsWith(ofKind) && isOne(name))).sort();
  }

  /**
   * Settings of this node as text.
   *
   * @example "migration coldSwap {\"handover\":false}; transport.maxBytes 1000000"
   */
  inWords(names: readonly string[]): string {
    return names.map((name) => `${name} ${this.#values.get(name) ?? "not known here"}`).join("; ");
  }
}

/**
 * The shared settings of a hub: each strategy with its settings, and the most bytes that the transport carries (a message that one node sends, another must be able to pass on). And of each kind whether it has a redundancy of its own: nodes
 * that list it plan its replicas each for themselves.
 */
export function sharedSettings(settings: HubSettings, maxBytes: number | undefined): SharedSettings {
  const { id, distribution, migration, redundancy, synchronization, partitionTolerance } = settings;
  const strategies = [distribution, migration, redundancy, synchronization, partitionTolerance];
  const own = ownRedundancies(settings.actors);
  return new SharedSettings(
    id,
    new Map([
      ...strategies.map(
        (strategy) => [strategy.family, settingsFingerprint([strategy]).slice(strategy.family.length + 1)] as const,
      ),
      ["transport.maxBytes", String(maxBytes ?? "none")],
      ...settings.actors.map(({ name }) => {
        const strategy = own.get(name);
        const value = strategy === undefined ? "the hub's" : settingsFingerprint([strategy]).slice("redundancy ".length);
        return [`${ofKind}${name}`, value] as const;
      }),
    ]),
  );
}
