/*
 * What a node is, and how far it is in its life: the few facts about itself that most parts ask for.
 * Without one place for them each part would keep its own idea of whether its node is closing.
 */
import { mainPlace, type NodeName, type PlaceId } from "@process-hub/protocol";

/** How far a node is: its threads start and it joins; it works; it leaves; it is gone. */
export type NodeState = "starting" | "up" | "closing" | "closed";

/** This node: its name, its life, its main place, and how far it is. */
export class LocalNode {
  readonly name: NodeName;
  /** Tells this life of the node from its others. */
  readonly incarnation: string;
  readonly main: PlaceId;
  readonly joinedAtMs: number;
  state: NodeState = "starting";
  /** True while it takes no actors, since its own user drains it. */
  draining = false;

  constructor(name: NodeName, incarnation: string, joinedAtMs: number) {
    this.name = name;
    this.incarnation = incarnation;
    this.main = mainPlace(name, incarnation);
    this.joinedAtMs = joinedAtMs;
  }
}
