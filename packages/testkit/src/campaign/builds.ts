/*
 * Which kinds of actors each node of a life has beside those that all have, drawn anew as a node is deployed.
 * Without it all nodes of a life would run one build.
 */
import type { AnyActor } from "@process-hub/actor";
import { seededRandom } from "@process-hub/protocol";
import { nomad, nomadBuilds } from "./nomad.actor.js";
import { Warden } from "./warden.actor.js";
import type { World } from "./world.js";

/** The kinds of one node, as a history names them: "warden", and a build of the nomad. */
type Kinds = readonly string[];

const wardenShare = 0.7;

/** The builds of a life's nodes. By a stream of chance of its own: a node draws before there is a life. */
export class Builds {
  /** True from when on each node is to have all kinds. */
  whole = false;
  readonly #world: World;
  readonly #random;
  readonly #byNode = new Map<string, Kinds>();

  constructor(seed: number, world: World) {
    this.#world = world;
    this.#random = seededRandom(seed ^ 0x27d4eb2f);
  }

  /** The definitions of a node as it starts, beside those that all have. A second process of its name has the same. */
  actorsOf(node: string): readonly AnyActor[] {
    const kinds = this.#byNode.get(node) ?? this.#drawn();
    this.#byNode.set(node, kinds);
    this.#world.lists(node, kinds);
    return [
      ...(kinds.includes("warden") ? [Warden] : []),
      ...nomadBuilds.flatMap((build) => (kinds.includes(build) ? [nomad(this.#world, build)] : [])),
    ];
  }

  /** A node that is down is to come back with another build. */
  redraw(node: string): void {
    this.#byNode.delete(node);
    this.#world.did("deploy");
  }

  #drawn(): Kinds {
    // Most have no nomads: now and then no node has any.
    const draw = Math.floor(this.#random.next() * 9);
    const nomads = draw < 5 ? undefined : (["nomad:1", "nomad:1", "nomad:2", "nomad:2-only"] as const)[draw - 5];
    const isWarden = this.#random.next() < wardenShare;
    if (this.whole) return ["warden", "nomad:2"];
    return [...(isWarden ? ["warden"] : []), ...(nomads === undefined ? [] : [nomads])];
  }
}
