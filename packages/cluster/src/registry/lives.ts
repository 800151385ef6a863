/*
 * Begins the lives of actors on this node: names that no other life has, and what each follows.
 * Without it two lives of an actor could only be told apart by the time at which they began.
 */
import { type Clock, type Life, lineageOf } from "@process-hub/protocol";

/** The lives that this node begins. */
export class Lives {
  readonly #node: string;
  readonly #clock: Pick<Clock, "wallMs">;
  #number = 0;
  /** The number of the last life that had begun as this node found that it had slept. */
  #sleptAt = 0;

  /** `node`: the life of this node, `node@incarnation`. */
  constructor(node: string, clock: Pick<Clock, "wallMs">) {
    this.#node = node;
    this.#clock = clock;
  }

  /** A user starts an actor. */
  first(): Life {
    // Of one shape: V8 gives an object that is spread, and then gets more, a shape of its own, which takes more than the life itself.
    return { name: this.#nextName(), restarts: 0, bornAtMs: this.#clock.wallMs() };
  }

  /** An actor goes on after a life of it, by the hub's own doing. */
  after(life: Life): Life {
    const next = { name: this.#nextName(), root: lineageOf(life), restarts: life.restarts + 1, bornAtMs: this.#clock.wallMs() };
    return life.resumed === undefined ? next : { ...next, resumed: life.resumed };
  }

  /** This node has slept: others may have given it up, and have begun other lives of its actors. */
  slept(): void {
    this.#sleptAt = this.#number;
  }

  /** True for a life that this node has begun, and before it slept last. */
  beganBeforeSleep(life: Life): boolean {
    const own = `${this.#node}#`;
    return life.name.startsWith(own) && Number(life.name.slice(own.length)) <= this.#sleptAt;
  }

  #nextName(): string {
    return `${this.#node}#${++this.#number}`;
  }
}
