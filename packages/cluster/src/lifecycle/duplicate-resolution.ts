/*
 * Decides, when two lives of one actor meet as after a cut, which one goes on; the survivor may merge the other's state.
 * Without it both would run on, each with half of the truth.
 */
import { openState } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  after,
  type Bytes,
  type Checks,
  type Clock,
  type Epoch,
  fromWireError,
  lineageOf,
  moreKnown,
  type NodeName,
  nodeOf,
  type PlaceId,
  type RegistryRecord,
  TurnBatch,
  toWireError,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Messenger } from "../membership/messenger.js";
import type { Requests } from "../membership/requests.js";
import type { Ownership } from "../placement/ownership.js";
import type { Registry } from "../registry/registry.js";
import type { Timings } from "../settings/settings.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import { GatheredAsks } from "./gathered-asks.js";

const maxTries = 10;
const maxHops = 3;
/** Errors after which the survivor is looked for again: it was moving, or its thread died, before it merged anything. */
const passing: ReadonlySet<string | number | undefined> = new Set(["ActorNotFound", "HandoffFailed", "ThreadExited"]);

/** Where duplicates are seen, and by whom they are ended and merged. */
export interface DuplicateResolutionPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "main">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "heartbeatIntervalMs" | "handoffTimeoutMs" | "markerRetryMs" | "stopTimeoutMs">;
  readonly inbox: Pick<Inbox, "push">;
  readonly hooks: Pick<Hooks, "emit" | "log">;
  readonly messenger: Pick<Messenger, "send">;
  readonly requests: Pick<Requests, "ask">;
  readonly membership: Pick<Membership, "peer">;
  readonly registry: Pick<Registry, "own" | "others" | "current" | "isOver" | "whyEnded" | "lives" | "repeatEnd" | "publish">;
  readonly ownership: Pick<Ownership, "orderOf">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
  /** True while this node, which slept past its lease, serves nothing. */
  readonly isFenced: () => boolean;
  /** True when every side of a cut serves; else the side that served is known by what went on there. */
  readonly alwaysServes: boolean;
  /** Gives an actor that runs here an epoch above another. */
  readonly raiseEpochAbove: (record: RegistryRecord, epoch: Epoch) => void;
}

/**
 * Resolves duplicates: two nodes run one actor, in two lives or under one epoch, as after a cut, and exactly one goes on: the one with the longer
 * unbroken history. That is the life with fewer restarts: who restarts an actor knows of the life before. Where one side of a cut alone serves,
 * a life that went on from a replica of the other is its continuation, and has answered since: then that one goes on. Of lives with as many restarts it is
 * the one that has handled more, which each node says of its own; then the order of the owners decides. No clock does.
 */
export class DuplicateResolution {
  readonly #ports: DuplicateResolutionPorts;
  /** The actors whose threads are asked how much they have handled. */
  readonly #asking = new Set<ActorId>();
  /** Told at the end of the turn: what a node has published goes out before it says anything, and that is to be one piece. */
  readonly #raised = new TurnBatch<{ readonly host: NodeName; readonly id: ActorId; readonly by: Epoch }>((raised) => {
    for (const { host, id, by } of raised) this.#ports.messenger.send(host, { type: "raiseEpochAbove", id, by });
  });
  /** Asks threads how much actors of theirs have handled. */
  readonly #histories = new GatheredAsks<ActorId, number | undefined>({ ask: (place, ids) => this.#handledOf(place, ids) });
  /** Asks nodes whether they still have the other life of an actor that is to give way to it. */
  readonly #confirmations = new GatheredAsks<ActorId, boolean>({
    ask: async (host, ids) => {
      const hosted = new Set((await this.#ports.requests.ask(host, { type: "hosted", ids: [...ids] })).ids);
      return ids.map((id) => hosted.has(id));
    },
  });

  constructor(ports: DuplicateResolutionPorts) {
    this.#ports = ports;
  }

  /** Another node has a record of running an actor that this node runs. Each node stops its own life of the actor if that is the one to end. */
  found(id: ActorId): void {
    this.#ports.inbox.push(Priority.recovery, () => this.#settle(id));
  }

  /** A duplicate of an actor has had an epoch: a life under a lower one goes on above it, or senders would take its news for old. */
  raiseEpochAbove(id: ActorId, host: NodeName, by: Epoch): void {
    const { inbox, local, raiseEpochAbove, registry } = this.#ports;
    if (host !== local.name) {
      this.#raised.add({ host, id, by });
      return;
    }
    inbox.push(Priority.recovery, () => {
      const own = registry.own(id);
      if (own?.state === "running" && own.epoch <= by) raiseEpochAbove(own, by);
    });
  }

  /**
   * A life was moved to a thread of this node while another life of the id runs on another of its threads. True when the arriving life goes
   * on; the other is stopped.
   */
  arrived(own: RegistryRecord, theirs: RegistryRecord): boolean {
    const { local, inbox, raiseEpochAbove, registry } = this.#ports;
    const comes = !registry.isOver(theirs) && (registry.isOver(own) || (this.#longer(theirs, own) ?? 0) > 0);
    void this.#yieldDuplicate(comes ? own : theirs, local.name);
    if (!comes && theirs.epoch >= own.epoch) inbox.push(Priority.recovery, () => raiseEpochAbove(own, theirs.epoch));
    return comes;
  }

  /** Other nodes ended an actor of this node while they could not see it: it ends here as well. */
  ended(id: ActorId): void {
    const { registry, hooks, inbox } = this.#ports;
    inbox.push(Priority.recovery, () => {
      const own = registry.own(id);
      if (own === undefined || !registry.isOver(own)) return;
      const lineage = lineageOf(own.life);
      const why = registry.whyEnded(lineage);
      // A member that came after the lineage had ended may not have heard of that.
      registry.publish([{ op: "drop", id, epoch: own.epoch, ended: true, lineage, ...(why === undefined ? {} : { why }) }]);
      if (own.state !== "running") return;
      hooks.emit("childStopped", { id, reason: "ended elsewhere" });
      this.#stop(own);
    });
  }

  /** Ends a duplicate that was paused here, since the actor ran elsewhere meanwhile. */
  giveWay(own: RegistryRecord, survivor: NodeName): Promise<void> {
    const { id } = own.spec;
    this.#ports.registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    return this.#yieldDuplicate(own, survivor);
  }

  #rivals(id: ActorId): { readonly author: NodeName; readonly record: RegistryRecord }[] {
    const { registry } = this.#ports;
    return registry.others(id).filter(({ record }) => record.state === "running" && !registry.isOver(record));
  }

  /** True when this node has the actor, running or paused: a duplicate elsewhere may give way to it. */
  isHosted(id: ActorId): boolean {
    const own = this.#ports.registry.own(id);
    return own !== undefined && own.state !== "moved" && this.#ports.group.has(own.place);
  }

  /**
   * Resolves with true when a node says that it has the actor now; with false when it says that it does not, or dies before it answers. What
   * this node's records say of it may be older than its death: nothing gives way to a node that does not answer.
   */
  async confirmed(id: ActorId, host: NodeName): Promise<boolean> {
    const isThere = (await this.#confirmations.about(host, id)) === true;
    if (!isThere) this.#ports.checks.mark("duplicateUnconfirmed");
    return isThere;
  }

  /** `confirmedBy`: the node that has just said that it has the other life. */
  #settle(id: ActorId, confirmedBy?: NodeName): void {
    const { registry, isFenced } = this.#ports;
    const own = registry.own(id);
    if (own?.state !== "running") return;
    const rivals = this.#rivals(id);
    if (own.handled === undefined && rivals.some(({ record }) => this.#longer(record, own) === undefined)) void this.#say(own);
    const survivor = rivals.find(({ author, record }) => this.#outlives(author, record, own));
    if (survivor === undefined) return;
    // A node that wakes is told of its rivals by links that begin anew, and runs nothing meanwhile: its own lives end before they could run on.
    // Of one that another node began, and handed over, that node knew more than a record from before the sleep may say; so does who has one
    // begun here since.
    const endsAtOnce = isFenced() && registry.lives.beganBeforeSleep(own.life);
    if (survivor.author !== confirmedBy && !endsAtOnce) {
      void this.confirmed(id, survivor.author).then((isThere) => {
        if (isThere) this.#ports.inbox.push(Priority.recovery, () => this.#settle(id, survivor.author));
        else this.#later(id);
      });
      return;
    }
    // `ended` is false: the actor lives on, and its askers are sent there. Reports of this duplicate as it stops change nothing.
    registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    this.#ports.checks.mark("duplicateResolved");
    void this.#yieldDuplicate(own, survivor.author);
  }

  /** Says how much a life of this node has handled: the other life's node does so too, and then both know which one goes on. */
  async #say({ spec: { id }, place, life }: RegistryRecord): Promise<void> {
    if (this.#asking.has(id)) return;
    const { checks, inbox, registry } = this.#ports;
    checks.mark("historiesCompared");
    this.#asking.add(id);
    // Of a thread that does not answer nothing can be said, and nothing would be merged.
    const handled = (await this.#histories.about(place, id)) ?? 0;
    this.#asking.delete(id);
    inbox.push(Priority.recovery, () => {
      const own = registry.own(id);
      if (own?.state === "running" && own.life.name === life.name) registry.publish([{ op: "put", record: { ...own, handled } }]);
      this.#settle(id);
    });
  }

  async #handledOf(place: PlaceId, ids: readonly ActorId[]): Promise<readonly (number | undefined)[]> {
    const { group } = this.#ports;
    return group.has(place) ? group.unlessBlocked(place, group.control(place).handled(ids)) : [];
  }

  /** Looks again later: the other life's node has died, or what it has published since is on its way. */
  #later(id: ActorId): void {
    const { clock, inbox, timings } = this.#ports;
    const look = (): void => inbox.push(Priority.recovery, () => this.#settle(id));
    clock.setTimeout(look, timings.heartbeatIntervalMs);
  }

  /** Stops an actor here. An actor that was moving out has gone, and the node it went to ends it on arrival, if it knows of the end. */
  #stop(own: RegistryRecord): void {
    const { group, hooks, timings, registry } = this.#ports;
    const { spec, place } = own;
    if (!group.has(place)) return;
    const stopped = group.control(place).stop([spec.id], timings.stopTimeoutMs);
    stopped.then(
      (failures) => failures.length > 0 && registry.repeatEnd(own),
      (error: unknown) => hooks.log("warn", `actor ${spec.id} did not stop well: ${String(error)}`, error),
    );
  }

  /** Ends this duplicate: its state goes to the `conflict` event, and into the survivor when the definition has a merge. */
  async #yieldDuplicate({ spec, place, life }: RegistryRecord, survivor: NodeName): Promise<void> {
    const { group, hooks, local, timings } = this.#ports;
    const { id } = spec;
    const { state, merges, error } = await this.#ended(place, () =>
      group.control(place).yieldDuplicate(id, life.name, timings.stopTimeoutMs),
    );
    if (error !== undefined)
      hooks.log("warn", `the duplicate of actor ${id} left no state: ${error.message}`, fromWireError(error));
    hooks.emit("conflict", { id, survivor, loser: local.name, state: state === undefined ? undefined : openState(state).state });
    if (state === undefined || !merges) return;
    const failed = await this.mergeDuplicate(id, state, 0);
    if (failed === undefined) return;
    const text = `actor ${id} goes on with its own state: the state of its duplicate could not be merged: ${failed.message}`;
    hooks.log("error", text, fromWireError(failed));
  }

  async #ended(place: PlaceId, yieldDuplicate: () => Promise<YieldedDuplicate>): Promise<YieldedDuplicate> {
    try {
      return await this.#ports.group.unlessBlocked(place, yieldDuplicate());
    } catch (error) {
      return { merges: false, error: toWireError(error) };
    }
  }

  /**
   * Merges the state of an ended duplicate into the surviving actor, wherever that runs by now, at most once. Resolves with the error, if
   * there was one: the error that the merge threw, or `ActorNotFound` when the survivor did not run for long enough.
   */
  async mergeDuplicate(id: ActorId, state: Bytes, hops: number): Promise<WireError | undefined> {
    const { local, clock, registry, group, membership, requests, timings } = this.#ports;
    const { handoffTimeoutMs, markerRetryMs } = timings;
    let failed = toWireError(new ActorNotFound(`actor ${id} runs nowhere`, { id }));
    for (let tries = 0; tries < maxTries; tries++) {
      if (tries > 0) await after(clock, markerRetryMs);
      const own = registry.own(id);
      const host = nodeOf(registry.current(id)?.place ?? local.main);
      if (own?.state === "running" && group.has(own.place)) {
        const error = await group
          .unlessBlocked(own.place, group.control(own.place).mergeDuplicate(id, state, handoffTimeoutMs))
          .catch(toWireError);
        if (error === undefined || !passing.has(error.code)) return error;
        failed = error;
      } else if (host !== local.name && hops < maxHops && membership.peer(host) !== undefined) {
        const answer = await requests
          .ask(host, { type: "mergeDuplicate", id, state, hops: hops + 1 })
          .catch((error: unknown) => ({ error: toWireError(error) }));
        return answer.error;
      }
    }
    return failed;
  }

  /**
   * True when the other life goes on. Of two records of one life the later epoch counts; of equal ones, and of lives with equal histories, the
   * one on the preferred owner. False also while it is not known yet.
   */
  #outlives(author: NodeName, theirs: RegistryRecord, own: RegistryRecord): boolean {
    const { ownership, local } = this.#ports;
    if (theirs.life.name !== own.life.name) {
      const more = this.#longer(theirs, own);
      if (more !== 0) return more !== undefined && more > 0;
    } else if (theirs.epoch !== own.epoch) return theirs.epoch > own.epoch;
    // The order depends on the id alone: the two may have been started with different options, and both nodes must decide the same.
    const order = ownership.orderOf(own.spec.id);
    const rank = (name: NodeName): number => (order.includes(name) ? order.indexOf(name) : order.length);
    return rank(author) === rank(local.name) ? author < local.name : rank(author) < rank(local.name);
  }

  /** Which of two lives has the longer history: above 0 the first, below 0 the second; undefined while it is not known what both have handled. */
  #longer(a: RegistryRecord, b: RegistryRecord): number | undefined {
    const order = this.#ports.alwaysServes ? b.life.restarts - a.life.restarts : moreKnown(a.life, b.life);
    if (order !== 0) return order;
    return a.handled === undefined || b.handled === undefined ? undefined : a.handled - b.handled;
  }
}
