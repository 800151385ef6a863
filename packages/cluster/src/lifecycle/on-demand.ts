/*
 * Starts an actor unless it is there: for a call of `get`, and for mail to one that nobody has started (`autoStart`).
 * Without it each of several who need one actor at the same time would have to find out who came first, and whether that life still runs.
 */
import {
  type ActorId,
  AskTimeout,
  after,
  type Checks,
  type ChildSpec,
  type Clock,
  fromWireError,
  HubClosed,
  NodeDown,
  type NodeName,
  nodeOf,
  StartFailed,
  toWireError,
  type WireError,
  WrongActor,
} from "@process-hub/protocol";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Locator } from "../placement/locator.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { StartHooks } from "./start-hooks.js";
import type { Starter } from "./starter.js";

/** Errors of a start, or of a question, after which the actor is looked for again: it may be there, or nobody could say. */
const passing: ReadonlySet<string> = new Set(["AlreadyStarted", "NodeDown", "AskTimeout", "ThreadExited"]);

/** Who starts actors, and who knows where they are. */
export interface OnDemandPorts {
  readonly node: NodeName;
  readonly isClosed: () => boolean;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly markerRetryMs: number;
  readonly askTimeoutMs: number;
  /** How long `get` goes on looking. */
  readonly withinMs: number;
  readonly gate: Pick<ServingGate, "serves" | "refusal">;
  readonly starter: Pick<Starter, "start">;
  readonly startHooks: Pick<StartHooks, "altered">;
  readonly locator: Pick<Locator, "locateAll">;
  readonly registry: Pick<Registry, "own" | "current"> & { readonly orphans: Pick<Registry["orphans"], "has"> };
  readonly claims: Pick<Claims, "isUnderWay">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
}

/** What is known of an actor that may be there: it is; it is not; or it is between two lives, or on its way. */
type Presence = "there" | "none" | "between";

/** Starts actors that are needed and may be there already. */
export class OnDemand {
  readonly #ports: OnDemandPorts;

  constructor(ports: OnDemandPorts) {
    this.#ports = ports;
  }

  /** Starts an actor that a program or a message asks for here. Rejects with why it did not start; `AlreadyStarted` among that. */
  async start(given: ChildSpec): Promise<void> {
    const { startHooks, starter } = this.#ports;
    const spec = startHooks.altered(given);
    const [outcome] = await starter.start([spec], 0);
    const { id } = spec;
    if (outcome === undefined) throw new StartFailed(`actor ${id}: nobody said what became of its start`, { id });
    if (outcome.error !== undefined) throw fromWireError(outcome.error);
  }

  /** Starts actors that another one asks for, in one go; one error each, undefined for those that have started. Never rejects. */
  async startAll(given: readonly ChildSpec[]): Promise<(WireError | undefined)[]> {
    const { startHooks, starter } = this.#ports;
    const specs = given.map((spec) => startHooks.altered(spec));
    const outcomes = new Map((await starter.start(specs, 0)).map((outcome) => [outcome.id, outcome]));
    return specs.map(({ id }) => {
      const unsaid = (): WireError => toWireError(new StartFailed(`actor ${id}: nobody said what became of its start`, { id }));
      const outcome = outcomes.get(id);
      return outcome === undefined ? unsaid() : outcome.error;
    });
  }

  /**
   * Resolves when the actor runs: it was started, by this call or another, and is not about to end. Rejects with what `start` rejects with, but
   * for `AlreadyStarted`; with `WrongActor` when another kind has the id; with `Partitioned`; with the last error when it was between two lives all
   * the time.
   */
  async get(spec: ChildSpec): Promise<void> {
    const { clock, checks, markerRetryMs, withinMs, registry } = this.#ports;
    const endAtMs = clock.now() + withinMs;
    let mayRun = registry.current(spec.id) !== undefined;
    for (;;) {
      let error: unknown;
      const presence = mayRun ? await this.#presence(spec, endAtMs) : "none";
      if (presence === "there") return;
      if (presence === "none") {
        error = await this.start(spec).then(
          () => undefined,
          (failure: unknown) => failure,
        );
        if (error === undefined) return;
        if (!isPassing(error) && !this.#isOfAnother(error)) throw error;
      }
      const isBeaten = !mayRun;
      mayRun = true;
      if (clock.now() >= endAtMs) throw error ?? late(spec.id, withinMs);
      checks.mark("getLookedAgain");
      // Who was beaten to it looks at once.
      if (!isBeaten) await after(clock, markerRetryMs / 10);
    }
  }

  /** True when an actor of this node runs and is not about to end. */
  async isHere(id: ActorId): Promise<boolean> {
    const { registry, group } = this.#ports;
    const own = registry.own(id);
    if (own?.state !== "running" || !group.has(own.place)) return false;
    return group.unlessBlocked(own.place, group.control(own.place).isThere(id)).catch((error: unknown) => {
      // It is there, and busy without end: whoever asks it something will hear that.
      if (error instanceof AskTimeout) return true;
      return false;
    });
  }

  async #presence({ id, actor }: ChildSpec, endAtMs: number): Promise<Presence> {
    const { node, gate, locator, requests, clock, askTimeoutMs } = this.#ports;
    if (!gate.serves) throw gate.refusal(`actor ${id} is not looked for`, id);
    const { records, pending } = await locator.locateAll([id]);
    const record = records.get(id);
    if (record === undefined) return pending.has(id) || this.#isBetween(id) ? "between" : "none";
    if (record.spec.actor !== actor) throw wrong(id, record.spec.actor, actor);
    const host = nodeOf(record.place);
    if (host === node) return (await this.isHere(id)) ? "there" : "between";
    try {
      const withinMs = Math.max(1, Math.min(askTimeoutMs, endAtMs - clock.now()));
      return (await requests.ask(host, { type: "isThere", id }, withinMs)).there ? "there" : "between";
    } catch (error) {
      if (error instanceof NodeDown || error instanceof AskTimeout) return "between";
      throw error;
    }
  }

  /** True when another node has closed as it was to start the actor. */
  #isOfAnother(error: unknown): boolean {
    return error instanceof HubClosed && !this.#ports.isClosed();
  }

  #isBetween(id: ActorId): boolean {
    const { claims, registry } = this.#ports;
    return claims.isUnderWay(id) || registry.orphans.has(id) || registry.current(id) !== undefined;
  }
}

/** True for an error after which a start may be tried again: the node that was asked has died, say, or another start of the id was under way. */
export function isPassing(error: unknown): boolean {
  return error instanceof Error && "code" in error && passing.has(String(error.code));
}

function wrong(id: ActorId, runs: string, wanted: string): WrongActor {
  return new WrongActor(`${id} is an actor ${runs}, and an actor ${wanted} was asked for`, { id, actor: runs, wanted });
}

function late(id: ActorId, withinMs: number): StartFailed {
  return new StartFailed(`actor ${id} was on its way, or between two lives, for ${withinMs} ms: it is not known to run`, { id });
}
