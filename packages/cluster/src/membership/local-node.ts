/*
 * The few facts about this node that most parts ask for: its name, its life, and how far it is between start and close.
 * Without it each part would keep its own idea of whether its node is closing.
 */
import { mainPlace, type NodeName, type PlaceId } from "@process-hub/protocol";

/** How far a node is: "starting" while its threads start and it joins, "up", "closing" while it leaves, "closed". */
export type NodeState = "starting" | "up" | "closing" | "closed";

/** This node: its name, its life, its main place, and how far it is. */
export class LocalNode {
  readonly name: NodeName;
  /** Distinguishes this life of the node from its other lives. */
  readonly incarnation: string;
  readonly main: PlaceId;
  readonly joinedAtMs: number;
  state: NodeState = "starting";
  /** True while it takes no actors because its user drains it. */
  draining = false;
  /** True while it is a newcomer, and takes only actors that no other node may run. */
  probation = false;
  /** True once it knows that so many members have been there as the hub begins with. */
  begun = true;

  constructor(name: NodeName, incarnation: string, joinedAtMs: number) {
    this.name = name;
    this.incarnation = incarnation;
    this.main = mainPlace(name, incarnation);
    this.joinedAtMs = joinedAtMs;
  }
}
