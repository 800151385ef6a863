/*
 * Settles which of two processes of one name is the node: one goes on, the other is refused, or learns that it was replaced.
 * Without it both would serve the same actors, each the node of that name for itself.
 */
import type { Hello, NodeCard } from "@process-hub/protocol";
import { type Greeter, isLater, lifeOf, type NodeLife } from "./greeter.js";

/** How this node greets, and whom it tells what it learns. */
export interface NamesakesPorts {
  readonly greeter: Pick<Greeter, "life" | "greet" | "claim" | "newCard">;
  readonly joining: () => boolean;
  /** Refuses a newcomer of this node's name; `asks`: its question. */
  readonly refuse: (card: NodeCard, asks: number | undefined) => void;
  /** A later life of this node's name has taken its place. */
  readonly replaced: (by: NodeLife) => void;
}

/**
 * The other lives of this node's name. A node joins without a generation, so that a living namesake can refuse it; then it claims one above
 * those that others know of. Of two that have claimed, the later one stays.
 */
export class Namesakes {
  readonly #ports: NamesakesPorts;
  #known = 0;

  constructor(ports: NamesakesPorts) {
    this.#ports = ports;
  }

  /** This node claims its name. */
  claimName(): void {
    this.#ports.greeter.claim(this.#known);
  }

  /** A greeting of another life of this node's name; `isAnswer`: to a question that this life asked. */
  met({ card, asks }: Pick<Hello, "card" | "asks">, isAnswer: boolean): void {
    const { greeter, refuse } = this.#ports;
    const self = greeter.life;
    const isNewcomer = card.generation === 0 && (self.generation > 0 || self.incarnation < card.incarnation);
    if (isNewcomer) refuse(card, asks);
    if (isNewcomer || (isAnswer && this.learnt(lifeOf(card)))) return;
    // The one that is to end believes only an answer to its own question.
    const to = card.incarnation;
    if (asks !== undefined) greeter.greet(card.node, { to, answers: asks, asks: !isAnswer && isLater(card, self) });
    else if (!isAnswer) greeter.greet(card.node, { to, asks: true });
  }

  /** This node hears of another life of its name from one who lives now. True when that is the later one: this life is over. */
  learnt(other: NodeLife): boolean {
    const { greeter, joining, replaced } = this.#ports;
    const self = greeter.life;
    if (other.incarnation === self.incarnation) return false;
    this.#known = Math.max(this.#known, other.generation);
    if (joining()) {
      if (self.generation > 0 && this.#known >= self.generation) this.claimName();
      return false;
    }
    if (!isLater(other, self)) return false;
    replaced(other);
    return true;
  }
}
