/*
 * Moves actors to another place: the node that hosts them has its threads hand them over, each with an outcome of its own.
 * Without it a move of an actor that has moved on, or is about to restart, would end as an error of its caller.
 */
import {
  type ActorId,
  ActorNotFound,
  AskTimeout,
  after,
  type Checks,
  type Clock,
  type Epoch,
  fromWireError,
  gather,
  HandoffFailed,
  inSlices,
  type MoveOrder,
  type MoveOutcome,
  type MoveWhy,
  NodeDown,
  type NodeName,
  nodeOf,
  type Outcome,
  ownTurn,
  type PlaceId,
  type RegistryRecord,
  toldMove,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { type MigrationStrategy, threadOf } from "@process-hub/strategies";
import type { Hooks } from "../events/hooks.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Locator } from "../placement/locator.js";
import { cannotGoTo } from "../placement/no-node.js";
import type { Ownership } from "../placement/ownership.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";

const maxHops = 3;

/** What a move is part of, and its bounds. */
export interface MoveTerms {
  /** How often the order was passed on from node to node. */
  readonly hops?: number;
  /** How long the handler in hand of an actor that is here may go on; default: as a step of a handoff may take. */
  readonly sealMs?: number | undefined;
  /** Why they are to move: actors that ask for it hear so, and may put it off. Absent: they are not asked. */
  readonly why?: MoveWhy | undefined;
  /** How long each may put it off; default: `timings.maxDeferMs`, which bounds it in any case. */
  readonly maxDeferMs?: number | undefined;
  /** True: one that puts off its move ends as such; default: it is waited for. */
  readonly once?: boolean | undefined;
  /** Moves of one lane are parts of one: they share its bound of actors under way. Default: a lane of its own. */
  readonly lane?: string | undefined;
}

/** The same, with all defaults. */
type Terms = MoveTerms & Required<Pick<MoveTerms, "hops" | "lane">>;

/** Actors that go from one place to another on the same terms. */
interface Batch {
  readonly source: PlaceId;
  readonly target: PlaceId;
  readonly order: Pick<MoveOrder, "batchSize" | "confirm" | "retentionMs" | "leaves">;
  readonly ids: ActorId[];
}

/** Where actors are, and the threads that hand them over. */
export interface MoverPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "incarnation" | "draining">;
  readonly clock: Clock;
  readonly markerRetryMs: number;
  readonly maxDeferMs: number;
  readonly migrationOf: (actor: string) => Pick<MigrationStrategy, "batchSize" | "confirm" | "retentionMs">;
  readonly hooks: Pick<Hooks, "emit">;
  readonly gate: Pick<ServingGate, "serves" | "refusal">;
  readonly locator: Pick<Locator, "locateAll">;
  readonly registry: Pick<Registry, "current">;
  readonly membership: Pick<Membership, "peer">;
  readonly requests: Pick<Requests, "ask">;
  readonly ownership: Pick<Ownership, "kinds">;
  readonly group: Pick<ThreadGroup, "places" | "has" | "control" | "unlessBlocked">;
  /** Actors of this node went to another place: this node must record it, even if another record says so already. */
  readonly departed: (actors: readonly { readonly id: ActorId; readonly epoch: Epoch; readonly place: PlaceId }[]) => void;
}

/** Moves actors, wherever they are: asks the node that hosts them, whose threads hand them over. */
export class Mover {
  readonly #ports: MoverPorts;
  readonly #towards = new Map<NodeName, Set<Promise<unknown>>>();
  #sagas = 0;
  #lanes = 0;

  constructor(ports: MoverPorts) {
    this.#ports = ports;
  }

  /** The name of a move that is asked for in several parts. */
  lane(): string {
    const { name, incarnation } = this.#ports.local;
    return `${name}@${incarnation}:${++this.#lanes}`;
  }

  /** Moves actors to a node, and there to a thread (default: the one its id belongs to). One outcome each; never rejects. */
  async move(ids: readonly ActorId[], to: NodeName, thread: number | undefined, terms: MoveTerms = {}): Promise<MoveOutcome[]> {
    const { hops = 0, lane = this.lane() } = terms;
    const parts: Promise<MoveOutcome[]>[] = [];
    const given = inSlices(
      this.#ports.clock,
      ids,
      (some) => void parts.push(this.#move(some, to, thread, { ...terms, hops, lane })),
    );
    if (given !== undefined) await given;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : (await Promise.all(parts)).flat();
  }

  async #move(ids: readonly ActorId[], to: NodeName, thread: number | undefined, terms: Terms): Promise<MoveOutcome[]> {
    const { local, locator, gate } = this.#ports;
    const { hops } = terms;
    if (!gate.serves) return ids.map((id) => ({ id, error: toWireError(gate.refusal(`actor ${id} does not move`, id)) }));
    const { records, pending } = await locator.locateAll(ids);
    const byHost = new Map<NodeName, ActorId[]>();
    const outcomes: MoveOutcome[] = [];
    for (const id of ids) {
      const record = records.get(id);
      if (pending.has(id)) outcomes.push({ id, error: toWireError(begins(id)) });
      else if (record === undefined)
        outcomes.push({ id, error: toWireError(new ActorNotFound(`no actor has the id ${id}`, { id })) });
      else gather(byHost, nodeOf(record.place), id);
    }
    const parts = [...byHost].map(([host, some]) => {
      if (host === local.name) return this.#fromHere(some, to, thread, terms);
      if (hops >= maxHops)
        return some.map((id) => ({
          id,
          error: toWireError(new HandoffFailed(`actor ${id} moved on while it was looked for`, { id, step: "reserve" })),
        }));
      return this.#fromThere(host, some, to, thread, terms);
    });
    return outcomes.concat(...(await Promise.all(parts)));
  }

  /** True while a move from here is under way. */
  get isMoving(): boolean {
    return this.#towards.size > 0;
  }

  /** Resolves when no move from here to a node is under way. */
  async settled(to: NodeName): Promise<void> {
    for (let moves = this.#towards.get(to); moves !== undefined && moves.size > 0; ) await Promise.all(moves);
  }

  async #fromThere(
    host: NodeName,
    ids: ActorId[],
    node: NodeName,
    thread: number | undefined,
    { hops, lane }: Terms,
  ): Promise<MoveOutcome[]> {
    this.#ports.hooks.emit("moveForwarded", { ids, host, to: node });
    try {
      const request = { type: "move" as const, ids, node, hops: hops + 1, lane, ...(thread === undefined ? {} : { thread }) };
      return (await this.#ports.requests.ask(host, request)).outcomes;
    } catch (error) {
      const shared = toWireError(error);
      return ids.map((id) => ({ id, error: shared }));
    }
  }

  async #fromHere(ids: readonly ActorId[], to: NodeName, thread: number | undefined, terms: Terms): Promise<MoveOutcome[]> {
    const { hops, lane } = terms;
    const { registry, hooks, group, local, clock, membership, markerRetryMs } = this.#ports;
    const places = to === local.name ? group.places : (membership.peer(to)?.places ?? []);
    const outcomes: MoveOutcome[] = [];
    const movedOn: ActorId[] = [];
    // By source, and there by target and the terms of the move, which those of one kind share.
    const routes = new Map<PlaceId, Map<string, Batch>>();
    for (const id of ids) {
      const record = registry.current(id);
      const target = places[thread ?? threadOf(id, Math.max(1, places.length))];
      const isFar = record !== undefined && to !== local.name;
      const unfit = isFar ? this.#cannotGo(record, to) : undefined;
      if (record === undefined) outcomes.push({ id, error: toWireError(new ActorNotFound(`no actor has the id ${id}`, { id })) });
      else if (target === undefined) outcomes.push({ id, error: toWireError(noTarget(id, to, thread, places.length)) });
      else if (target === record.place || (thread === undefined && nodeOf(record.place) === to))
        outcomes.push(moved(id, record.place, record.epoch));
      else if (membership.peer(to)?.draining === true) outcomes.push({ id, error: toWireError(drains(id, to)) });
      else if (nodeOf(record.place) !== local.name && hops < maxHops) movedOn.push(id);
      else if (unfit !== undefined) outcomes.push({ id, error: toWireError(unfit) });
      else if (!group.has(record.place)) {
        outcomes.push({
          id,
          error: toWireError(
            new HandoffFailed(`actor ${id} is being restarted; it cannot move just now`, { id, step: "reserve" }),
          ),
        });
      } else {
        const source = record.place;
        const bySource = routes.get(source) ?? new Map<string, Batch>();
        routes.set(source, bySource);
        const order = this.#terms(record.spec.actor);
        const key = `${target} ${JSON.stringify(order)}`;
        const batch = bySource.get(key) ?? { source, target, order, ids: [] };
        bySource.set(key, batch);
        batch.ids.push(id);
      }
    }
    const batches = [...routes.values()].flatMap((bySource) => [...bySource.values()]);
    if (batches.length > 0) hooks.emit("childrenMoving", { ids: batches.flatMap((batch) => batch.ids), to });
    const told =
      batches.length > 0 ? toldMove(this.#ports.local.name, to, () => batches.flatMap((batch) => batch.ids)) : undefined;
    const sagas = batches.map((batch) => this.#handOver(batch, terms));
    const under = this.#underWay(to, sagas);
    const handed = (await under).flat();
    const ok = handed.filter(({ error }) => error === undefined).map(({ id }) => id);
    told?.(ok.length);
    if (ok.length > 0) hooks.emit("childrenMoved", { ids: ok, to });
    const went = new Set(hops < maxHops ? handed.filter(hasGone).map(({ id }) => id) : []);
    // The records of where these actors went are on their way.
    if (went.size > 0) this.#ports.checks.mark("moveFollowedOn");
    if (went.size > 0) await after(clock, markerRetryMs);
    // Those of many batches are due at once.
    const turn = ownTurn(clock, went.size);
    if (turn !== undefined) await turn;
    movedOn.push(...went);
    const later = terms.once === true ? [] : handed.filter((one) => deferMsOf(one) > 0);
    for (const { id } of later) went.add(id);
    const again = later.map(async (one) => {
      await after(clock, deferMsOf(one));
      return this.move([one.id], to, thread, terms);
    });
    if (movedOn.length > 0) outcomes.push(...(await this.move(movedOn, to, thread, { hops: hops + 1, lane })));
    for (const more of await Promise.all(again)) outcomes.push(...more);
    return outcomes.concat(handed.filter(({ id }) => !went.has(id)));
  }

  /** Why an actor of this node cannot go to another; undefined when it can, or may try. */
  #cannotGo({ spec: { id, actor, bound } }: RegistryRecord, to: NodeName): Error | undefined {
    const { local, ownership } = this.#ports;
    if (bound !== true) return cannotGoTo(id, actor, to, local.name, ownership);
    return new HandoffFailed(`actor ${id} belongs to node ${local.name}, and never moves`, { id, step: "reserve", kind: actor });
  }

  /** How the migration strategy of these actors wants moves done. A draining node always waits for the target's confirmation, since it is about to leave. */
  #terms(actor: string): Pick<MoveOrder, "batchSize" | "confirm" | "retentionMs" | "leaves"> {
    const { migrationOf, local } = this.#ports;
    const { batchSize, confirm, retentionMs } = migrationOf(actor);
    return {
      batchSize,
      confirm: confirm || local.draining,
      leaves: local.draining,
      ...(retentionMs === 0 ? {} : { retentionMs }),
    };
  }

  #underWay<T>(to: NodeName, sagas: readonly Promise<T>[]): Promise<T[]> {
    const all = Promise.all(sagas);
    const towards = this.#towards.get(to) ?? new Set();
    this.#towards.set(to, towards.add(all));
    return all.finally(() => {
      towards.delete(all);
      if (towards.size === 0) this.#towards.delete(to);
    });
  }

  async #handOver(
    { source, target, ids, order: how }: Batch,
    { sealMs, lane, why, maxDeferMs = Number.POSITIVE_INFINITY }: Terms,
  ): Promise<MoveOutcome[]> {
    const { group, local, departed, ownership, clock } = this.#ports;
    const older = nodeOf(target) === local.name ? [] : ownership.kinds.olderOn(nodeOf(target), local.name);
    let outcomes: readonly Outcome[];
    try {
      const saga = `${local.name}@${local.incarnation}:${++this.#sagas}`;
      const order = {
        saga,
        lane,
        ids: [...ids],
        to: target,
        ...how,
        ...(sealMs === undefined ? {} : { sealMs }),
        ...(older.length > 0 ? { older } : {}),
      };
      const asks = why === undefined ? {} : { why, maxDeferMs: Math.min(maxDeferMs, this.#ports.maxDeferMs) };
      const move = group.control(source).move({ ...order, ...asks });
      outcomes = await group.unlessBlocked(source, move);
      const turn = ownTurn(clock, ids.length);
      if (turn !== undefined) await turn;
    } catch (error) {
      // One for all, unless it names the actor: an error costs some 10 us, and a thread that ends has 100,000 of these.
      const shared = error instanceof AskTimeout ? undefined : toWireError(error);
      return ids.map((id) => ({ id, error: shared ?? toWireError(unanswered(id, error)) }));
    }
    departed(outcomes.filter(({ error }) => error === undefined).map(({ id, epoch }) => ({ id, epoch, place: target })));
    return outcomes.map(({ id, epoch, error }) => (error === undefined ? moved(id, target, epoch) : { id, error }));
  }
}

/** For how long an actor puts off its move; undefined when that is not why it did not move. */
export function deferredMs(error: Error): number | undefined {
  const { step, deferMs } = error instanceof HandoffFailed ? error.fields : {};
  return step === "consent" && typeof deferMs === "number" ? deferMs : undefined;
}

/** The errors of moves by id. Those that share one on the wire share one here. */
export function errorsById(outcomes: readonly MoveOutcome[]): Map<ActorId, Error> {
  const made = new Map<WireError, Error>();
  const errors = new Map<ActorId, Error>();
  for (const { id, error: wire } of outcomes) {
    if (wire === undefined) continue;
    const error = made.get(wire) ?? fromWireError(wire);
    made.set(wire, error);
    errors.set(id, error);
  }
  return errors;
}

/** For how long an actor puts off its move; 0 when that is not why it did not move. */
function deferMsOf({ error }: MoveOutcome): number {
  const deferMs: unknown = error?.fields?.step === "consent" ? error.fields.deferMs : 0;
  return typeof deferMs === "number" ? deferMs : 0;
}

/** True when the actor had left its thread already when its move was asked for. */
function hasGone({ error }: MoveOutcome): boolean {
  return error?.code === "ActorNotFound";
}

/** The error of a move that the actor's thread did not answer: it may be blocked, and is not dead. */
function unanswered(id: ActorId, error: unknown): unknown {
  if (!(error instanceof AskTimeout)) return error;
  return new AskTimeout(`${error.message}; the move of actor ${id} may still take place`, { ...error.fields, id }, error);
}

function moved(id: ActorId, place: PlaceId, epoch: number): MoveOutcome {
  return { id, placement: { id, place, epoch, mode: "active" } };
}

/** The error of a move of an actor that does not run yet. */
function begins(id: ActorId): HandoffFailed {
  return new HandoffFailed(`actor ${id} is being started; it cannot move just now`, { id, step: "reserve" });
}

/** The error of a move to a node that drains, where an actor could arrive after the node has said goodbye, or that does not serve. */
function drains(id: ActorId, to: NodeName): HandoffFailed {
  return new HandoffFailed(
    `actor ${id} cannot move to node ${to}: it takes no new actors, since it drains, or does not serve just now; name another node`,
    {
      id,
      step: "reserve",
    },
  );
}

function noTarget(id: ActorId, to: NodeName, thread: number | undefined, threads: number): Error {
  if (threads === 0)
    return new NodeDown(`actor ${id} cannot move to node ${to}: it is not a member of the hub`, { id, node: to });
  return new HandoffFailed(`actor ${id} cannot move to thread ${thread} of node ${to}, which has threads 0 to ${threads - 1}`, {
    id,
    step: "reserve",
    thread,
  });
}
