/*
 * Sends this node's greetings: numbered cards, numbered questions, and refusals.
 * Without the numbers a late card would count as the newest, and a late answer as a sign that its sender lives now.
 */
import {
  BoundedMap,
  type Clock,
  type Datagram,
  encodePlain,
  type Hello,
  type JoinRefusal,
  type NodeCard,
  type NodeName,
  protocolVersion,
  type Transport,
} from "@process-hub/protocol";
import type { SharedSettings } from "../settings/shared-settings.js";

/** A node's card as the node itself knows it: its greeter adds the number and the generation. */
export type OwnCard = Omit<NodeCard, "number" | "generation">;

/** One life of a name, and what orders it among the others: the later one is of the higher generation. */
export type NodeLife = NonNullable<Hello["namesake"]>;

/** What a greeter sends, and by what. */
export interface GreeterPorts {
  readonly transport: Pick<Transport, "broadcast" | "send">;
  readonly clock: Clock;
  readonly settings: SharedSettings;
  /** This node as it is now. */
  readonly card: () => OwnCard;
  /** An answer that takes longer does not count. */
  readonly answerWithinMs: number;
}

/** More than a node asks within the time in which an answer counts, but for one that greets a thousand others in turn. */
const questionsSize = 10_000;

/** The greetings of one life of a node. */
export class Greeter {
  readonly #ports: GreeterPorts;
  readonly #askedAtMs = new BoundedMap<number, number>(questionsSize);
  #questions = 0;
  #cards = 0;
  /** This life's place among those of its name; 0 until it claims one. */
  #generation = 0;
  /** What the newest card says, and since when, if an earlier one said something else. */
  #said: string | undefined;
  #saidSinceMs = Number.NEGATIVE_INFINITY;

  constructor(ports: GreeterPorts) {
    this.#ports = ports;
  }

  /** This life of the node. */
  get life(): NodeLife {
    return { incarnation: this.#ports.card().incarnation, generation: this.#generation };
  }

  /** This node's card, numbered: a later one is newer. */
  newCard(): NodeCard {
    const own = this.#ports.card();
    const says = `${own.draining} ${own.probation} ${own.begun} ${own.places.join()}`;
    if (this.#said !== undefined && this.#said !== says) this.#saidSinceMs = this.#ports.clock.now();
    this.#said = says;
    return { ...own, number: ++this.#cards, generation: this.#generation };
  }

  /** True when this life has greeted others, within this time, with a card that said something else. */
  changedWithin(ms: number): boolean {
    return this.#ports.clock.now() - this.#saidSinceMs <= ms;
  }

  /** Claims no place among the lives of its name, so that a living namesake can refuse it. */
  renounce(): void {
    this.#generation = 0;
  }

  /** Takes a generation above those that the others know of, and says so. It begins at the wall clock, so that lives that never heard of each other differ. */
  claim(known: number): void {
    this.#generation = Math.max(this.#ports.clock.wallMs(), known + 1);
    this.hello();
  }

  /** Greets all nodes, and asks them to answer. */
  hello(): void {
    this.#ports.transport.broadcast(encodePlain(this.#greeting({ asks: this.#ask() })));
  }

  /** Greets one node; `to`: the life that is meant; `asks`: whether it is to answer. */
  greet(
    node: NodeName,
    { asks, ...rest }: Pick<Hello, "to" | "answers" | "members" | "namesake"> & { readonly asks: boolean },
  ): void {
    const greeting = this.#greeting({ ...rest, ...(asks ? { asks: this.#ask() } : {}) });
    this.#ports.transport.send(node, encodePlain(greeting));
  }

  /** Refuses a life that asked to be let in. */
  refuse(node: NodeName, to: string, answers: number, refusal: JoinRefusal): void {
    const { node: self } = this.#ports.card();
    this.#ports.transport.send(node, encodePlain({ type: "refuse", node: self, to, answers, refusal } satisfies Datagram));
  }

  /** When the question was asked that an answer names; undefined when it was not asked, or too long ago. */
  askedAtMs(number: number | undefined): number | undefined {
    const { clock, answerWithinMs } = this.#ports;
    const atMs = number === undefined ? undefined : this.#askedAtMs.get(number);
    return atMs !== undefined && clock.now() - atMs <= answerWithinMs ? atMs : undefined;
  }

  #ask(): number {
    this.#askedAtMs.set(++this.#questions, this.#ports.clock.now());
    return this.#questions;
  }

  #greeting(parts: Pick<Hello, "to" | "asks" | "answers" | "members" | "namesake">): Hello {
    return { type: "hello", version: protocolVersion, settings: this.#ports.settings.digests, card: this.newCard(), ...parts };
  }
}

/** The life that a card is of. */
export function lifeOf({ incarnation, generation }: NodeLife): NodeLife {
  return { incarnation, generation };
}

/** Whether the first of two lives of one name took the place of the second. */
export function isLater(one: NodeLife, other: NodeLife): boolean {
  return one.generation === other.generation ? one.incarnation > other.incarnation : one.generation > other.generation;
}
