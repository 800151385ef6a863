/*
 * What the actors of one life meet: a store that may be away when they begin, and time that their work takes.
 * Without it every `init` would succeed at once, and no mailbox would be full when a node leaves.
 */
import type { ResumedWhy } from "@process-hub/actor";
import type { Simulation } from "../simulation.js";
import { ActCounts, type ActName } from "./acts.js";

/** Where an actor runs: its `ctx`. */
export interface At {
  readonly id: string;
  readonly epoch: number;
  readonly node: string;
  readonly thread: number;
}

/** A step of an actor's life that is counted. */
export type LifeStep = "started" | "stopping" | "signal" | "conflict" | "prepare" | "restore" | "upgrade" | "downgrade";

/** What a nomad says of itself: it begins with `init`, or goes on from a state that it had elsewhere. */
export type Announcement = "begun" | ResumedWhy;

/** The part of a nomad's state that all its versions have. */
export interface NomadSheet {
  readonly count: number;
  readonly sum: number;
}

/** How often a step throws, where it may: nothing is lost by it. */
const failing: Readonly<Partial<Record<LifeStep, { readonly name: ActName; readonly share: number }>>> = {
  prepare: { name: "prepareFails", share: 0.03 },
  restore: { name: "restoreFails", share: 0.03 },
  conflict: { name: "conflictFails", share: 0.2 },
};

/** What an actor of the campaign asks of its world. */
export interface ActorWorld {
  /** What its actors do when a handler throws. */
  readonly onError: "resume" | "restart";
  /** Called by each `init`: may throw, and may take time. */
  begins(at: At): void | Promise<void>;
  /** Resolves when a handler's work has taken so long. */
  takes(ms: number, at: At): Promise<void>;
  /** A step of a life comes: it may throw. */
  step(step: LifeStep): void;
  /** A number from 0 to 1. */
  share(): number;
  /** An actor says what it does where it is, for the judge. */
  tells(at: At, name: string, detail: Readonly<Record<string, unknown>>): void;
  /** An actor that owes answers goes on where it is. */
  goesOnOwing(at: At, why: ResumedWhy): void;
  /** A nomad says that it begins or goes on where it is, and with which state. */
  announces(at: At, why: Announcement, state: NomadSheet): void;
}

/** A world in which every `init` succeeds, and nothing takes time. */
export const plainWorld: ActorWorld = {
  onError: "restart",
  begins: () => {},
  takes: async () => {},
  step: () => {},
  share: () => 0,
  tells: () => {},
  goesOnOwing: () => {},
  announces: () => {},
};

/** The world of one life, and what was done in it. */
export class World implements ActorWorld {
  readonly onError: "resume" | "restart";
  readonly counts = new ActCounts();
  readonly #kinds = new Map<string, readonly string[]>();
  #sim: Simulation | undefined;
  #isPlain = true;
  #isAway: (node: string) => boolean = () => false;
  #slow: { readonly untilMs: number; readonly initMs: number } = { untilMs: 0, initMs: 0 };

  constructor(onError: "resume" | "restart" = "restart") {
    this.onError = onError;
  }

  /** A life begins, or is told again. */
  enter(sim: Simulation): void {
    this.#sim = sim;
    this.becomePlain();
    this.#isPlain = false;
    for (const [node, kinds] of this.#kinds) sim.history.fault(kindsFault(node, kinds));
  }

  /** A node starts with some kinds of actors that not all have. */
  lists(node: string, kinds: readonly string[]): void {
    this.#kinds.set(node, kinds);
    this.#sim?.history.fault(kindsFault(node, kinds));
  }

  tells({ node, thread, epoch, id }: At, name: string, detail: Readonly<Record<string, unknown>>): void {
    // A replay is told at rest.
    if (!this.#isPlain) this.#sim?.history.event(node, name, { id, thread, epoch, ...detail });
  }

  goesOnOwing({ node }: At, why: ResumedWhy): void {
    if (node !== "" && !this.#isPlain) this.did(why === "move" ? "owedMoved" : "owedTakenOver");
  }

  announces({ node, thread, epoch, id }: At, why: Announcement, { count, sum }: NomadSheet): void {
    // A replay is nowhere.
    if (node === "") return;
    if (why !== "begun") this.did(why === "move" ? "resumedByMove" : "resumedByTakeOver");
    this.#sim?.history.event(node, "announced", { id, why, thread, epoch, count, sum });
  }

  /** No start fails any more, and nothing takes time: what is told again at rest ends at once. */
  becomePlain(): void {
    this.#isPlain = true;
    this.#isAway = () => false;
    this.#slow = { untilMs: 0, initMs: 0 };
  }

  /** No actor can begin for a while: on one node, or on none. */
  startsFail(forMs: number, on?: string): void {
    const untilMs = this.#nowMs + forMs;
    this.#sim?.history.fault(`starts fail for ${forMs.toFixed(0)} ms on ${on ?? "all nodes"}`);
    this.#isAway = (node) => this.#nowMs < untilMs && (on === undefined || on === node);
  }

  /** Each `init` takes some time for a while. */
  startsTakeTime(forMs: number, initMs: number): void {
    this.#sim?.history.fault(`starts take ${initMs.toFixed(0)} ms for ${forMs.toFixed(0)} ms`);
    this.#slow = { untilMs: this.#nowMs + forMs, initMs };
  }

  did(name: ActName): void {
    this.counts.add(name);
  }

  step(step: LifeStep): void {
    if (this.#isPlain) return;
    this.did(step);
    const fault = failing[step];
    if (fault === undefined || this.share() >= fault.share) return;
    this.did(fault.name);
    throw new Error("as asked");
  }

  share(): number {
    return this.#sim?.random.next() ?? 0;
  }

  begins(at: At): void | Promise<void> {
    if (this.#nowMs >= this.#slow.untilMs) return this.#ask(at);
    this.did("slowInit");
    return this.takes(this.#slow.initMs, at).then(() => this.#ask(at));
  }

  async takes(ms: number, at: At): Promise<void> {
    if (!this.#isPlain) await this.#sim?.takes(ms, at);
  }

  #ask({ node }: At): void {
    if (!this.#isAway(node)) return;
    this.did("failedStart");
    throw new Error("the store is away");
  }

  get #nowMs(): number {
    return this.#sim?.nowMs ?? 0;
  }
}

function kindsFault(node: string, kinds: readonly string[]): string {
  return ["kinds", node, ...kinds].join(" ");
}
