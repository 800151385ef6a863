/*
 * Hands over all actors of a node, and what still comes to it, each by itself and until a deadline.
 * Without it one actor whose handler takes long would keep the others of a node that drains.
 */
import {
  type ActorId,
  after,
  type Clock,
  gather,
  HandoffFailed,
  inSlices,
  type MoveWhy,
  type NodeName,
  ownTurn,
  type RegistryRecord,
  StartFailed,
} from "@process-hub/protocol";
import type { LocalNode } from "../membership/local-node.js";
import { nowhereToGo } from "../placement/no-node.js";
import type { Ownership } from "../placement/ownership.js";
import type { Registry } from "../registry/registry.js";
import type { ServingLease } from "../serving/serving-lease.js";
import type { Timings } from "../settings/settings.js";
import { deferredMs, errorsById, type Mover, type MoveTerms } from "./mover.js";

/** An actor that its target refuses, or whose state cannot be packed, is tried again as often. Whatever else keeps one may pass until the deadline. */
const maxTries = 5;
/** The share of a drain's time that one try may wait for a handler: then those that failed beside it have their next try. */
const tryShare = 1 / 4;
/** The share of a drain's time for which actors may put off their moves. */
const deferShare = 1 / 2;
/** How long a node that leaves waits to hear of others that do: a share of a batch window, and of the time there is at most. */
const firstShares = { window: 1 / 10, time: 1 / 20 } as const;
/** How long it waits where others have begun to leave lately: so many batch windows, and a share of the time there is at most. */
const togetherShares = { windows: 4, time: 1 / 8 } as const;

/** Where actors belong, and who moves them. */
export interface DrainingPorts {
  readonly local: Pick<LocalNode, "name">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "markerRetryMs" | "batchWindowMs">;
  readonly lease: Pick<ServingLease, "fenced">;
  readonly ownership: Pick<Ownership, "placement" | "view" | "kinds">;
  readonly registry: Pick<Registry, "recordsOf" | "count" | "own">;
  readonly mover: Pick<Mover, "move" | "lane">;
  /** True while actors go where the ring wants them: one may be on its way back here. */
  readonly redistribution: { readonly isRunning: boolean };
}

/** How a node is emptied. */
export interface DrainTerms {
  /** Actors that ask for it hear why they are to move, and may put it off, for half of the time. Absent: they are not asked. */
  readonly why?: MoveWhy | undefined;
  /** So many begin to move in a second, at most. */
  readonly perSecond?: number | undefined;
}

/** A move that failed, and when it is due again. */
interface Try {
  /** How often it was refused, or could not be packed. */
  readonly refused: number;
  readonly error: Error;
  readonly againAtMs: number;
}

/** Hands over what a node runs, whatever its migration strategy. */
export class Draining {
  readonly #ports: DrainingPorts;
  /** When another node began to leave last. */
  #otherAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: DrainingPorts) {
    this.#ports = ports;
  }

  /** Another node has begun to leave: more may follow. */
  otherLeaves(): void {
    this.#otherAtMs = this.#ports.clock.now();
  }

  /**
   * Waits, after this node has said that it drains: others that leave with it are not to be its targets. It is a moment, in which those that
   * leave at once hear of each other; and where another has begun to leave lately, until none has for a batch window.
   */
  async together(untilMs: number): Promise<void> {
    const { clock, timings, registry, local } = this.#ports;
    if (registry.count(local.name) === 0) return;
    const fromMs = clock.now();
    const until = (windows: number, timeShare: number): number =>
      fromMs + Math.max(0, Math.min(timings.batchWindowMs * windows, (untilMs - fromMs) * timeShare));
    const latestMs = until(togetherShares.windows, togetherShares.time);
    for (let dueMs = until(firstShares.window, firstShares.time); dueMs > clock.now() && this.#hasChoice; ) {
      await after(clock, dueMs - clock.now());
      dueMs = Math.min(this.#otherAtMs + timings.batchWindowMs, latestMs);
    }
  }

  /** With one other node that stays, or none, all targets are known. */
  get #hasChoice(): boolean {
    return this.#ports.ownership.view.nodes.length > 1;
  }

  /**
   * Hands over every actor of this node, and those that arrive meanwhile, until none is left that could go, or the instant is there. Resolves
   * with what makes the errors of those that are still here. `homeless` hears, as soon as it is known, which no other node may run.
   */
  async handOver(
    untilMs: number,
    homeless: (records: readonly RegistryRecord[]) => void = () => {},
    { why, perSecond = Number.POSITIVE_INFINITY }: DrainTerms = {},
  ): Promise<() => Promise<Map<ActorId, Error>>> {
    const { clock, timings, local, lease, redistribution, mover, registry } = this.#ports;
    const lane = mover.lane();
    const fromMs = clock.now();
    const tryMs = Math.max(1, (untilMs - fromMs) * tryShare);
    const terms = { sealMs: tryMs, lane, why, maxDeferMs: (untilMs - fromMs) * deferShare, once: true };
    // Those that were told to move; one that is tried again does not count again.
    let begun = 0;
    const mayBegin = (id: ActorId): boolean => {
      if (tries.has(id)) return true;
      if (begun >= 1 + (perSecond * (clock.now() - fromMs)) / 1_000) return false;
      begun++;
      return true;
    };
    const underWay = new Set<ActorId>();
    const tries = new Map<ActorId, Try>();
    let changed = (): void => {};
    let isOver = false;
    for (;;) {
      const nowMs = clock.now();
      const stay = new Map<ActorId, Error>();
      let later = 0;
      const given = inSlices(clock, registry.recordsOf(local.name), (some) => {
        const due: RegistryRecord[] = [];
        for (const record of some) {
          const { id } = record.spec;
          const before = tries.get(id);
          if (record.state !== "running" || underWay.has(id)) continue;
          if (before !== undefined && before.refused >= maxTries) stay.set(id, before.error);
          else if (lease.fenced || (before !== undefined && before.againAtMs > nowMs)) later++;
          else if (mayBegin(id)) due.push(record);
          else later++;
        }
        for (const [owner, records] of byOwner(this.#ports, due, stay)) {
          if (nowMs >= untilMs) break;
          for (const { spec } of records) underWay.add(spec.id);
          void this.#handOver(owner, records, terms, () => isOver).then((failed) => {
            for (const { spec } of records) underWay.delete(spec.id);
            const nowMs = clock.now();
            for (const [id, error] of failed) {
              const refused = (tries.get(id)?.refused ?? 0) + (isRefused(error) ? 1 : 0);
              tries.set(id, { refused, error, againAtMs: nowMs + (deferredMs(error) ?? timings.markerRetryMs) });
            }
            if (underWay.size === 0) changed();
          });
        }
        const nowhere = due.filter(({ spec }) => stay.has(spec.id));
        if (nowhere.length > 0) homeless(nowhere);
      });
      if (given !== undefined) await given;
      const isDone = underWay.size === 0 && later === 0 && !redistribution.isRunning;
      if (!isDone && nowMs < untilMs) {
        const step = after(clock, Math.max(0, Math.min(timings.markerRetryMs, untilMs - clock.now())));
        await Promise.race([step, new Promise<void>((resolve) => (changed = resolve))]);
        continue;
      }
      isOver = true;
      return () =>
        this.#errors((id) => {
          if (underWay.has(id)) return stillGoing(id, local.name);
          return stay.get(id) ?? tries.get(id)?.error ?? tooLate(id, local.name);
        });
    }
  }

  /** An error for each actor that is still here. An error costs more than the actor's record: they are made in slices. */
  async #errors(errorOf: (id: ActorId) => Error): Promise<Map<ActorId, Error>> {
    const { clock, registry, local } = this.#ports;
    const errors = new Map<ActorId, Error>();
    const sliced = inSlices(clock, registry.recordsOf(local.name), (some) => {
      for (const { spec } of some) if (registry.own(spec.id)?.state === "running") errors.set(spec.id, errorOf(spec.id));
    });
    if (sliced !== undefined) await sliced;
    return errors;
  }

  async #handOver(
    owner: NodeName,
    records: readonly RegistryRecord[],
    terms: MoveTerms,
    isOver: () => boolean,
  ): Promise<Map<ActorId, Error>> {
    const ids = records.map(({ spec }) => spec.id);
    const outcomes = await this.#ports.mover.move(ids, owner, undefined, terms);
    const turn = ownTurn(this.#ports.clock, outcomes.length);
    if (turn !== undefined) await turn;
    // Nobody asks any more, and each of 100,000 would cost some 10 us.
    return isOver() ? new Map() : errorsById(outcomes);
  }
}

/** The actors that this node runs. */
export function runningOn({
  registry,
  local,
}: {
  readonly registry: Pick<Registry, "recordsOf">;
  readonly local: Pick<LocalNode, "name">;
}): RegistryRecord[] {
  return registry.recordsOf(local.name).filter(({ state }) => state === "running");
}

/** Actors of this node by the other node where each belongs; `failed`: why one has none. */
export function byOwner(
  {
    ownership,
    local,
  }: { readonly ownership: Pick<Ownership, "placement" | "view" | "kinds">; readonly local: Pick<LocalNode, "name"> },
  records: readonly RegistryRecord[],
  failed: Map<ActorId, Error>,
): Map<NodeName, RegistryRecord[]> {
  const { placement } = ownership;
  const owners = new Map<NodeName, RegistryRecord[]>();
  for (const record of records) {
    const { id } = record.spec;
    const owner = placement.owners({ ...record.spec, host: local.name }, 1)[0];
    if (owner === undefined) failed.set(id, nowhereToGo({ ...record.spec, host: local.name }, ownership));
    else if (owner !== local.name) gather(owners, owner, record);
  }
  return owners;
}

/** True when the target does not know the actor's kind, and for a move that ended with the actor's state on its way. */
function isRefused(error: Error): boolean {
  const step = error instanceof HandoffFailed ? error.fields.step : undefined;
  return error.cause instanceof StartFailed || step === "transfer" || step === "load";
}

function stillGoing(id: ActorId, node: NodeName): HandoffFailed {
  const text = `actor ${id} had not left node ${node} at the deadline; its move is under way, and may still take place`;
  return new HandoffFailed(text, { id, step: "seal" });
}

function tooLate(id: ActorId, node: NodeName): HandoffFailed {
  return new HandoffFailed(`actor ${id} had not left node ${node} at the deadline`, { id, step: "reserve" });
}
