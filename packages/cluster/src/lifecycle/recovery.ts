/*
 * Brings actors back after a death: those of a dead thread on its next life, those of a dead node (orphans) on their new owners.
 * Without it a crash would end its actors for good.
 */
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  gather,
  inSlices,
  NodeDown,
  type NodeName,
  nodeLifeOf,
  nodeOf,
  ownTurn,
  Partitioned,
  type PlaceId,
  placeFields,
  placeInWords,
  type RegistryRecord,
  sliceSize,
  ThreadExited,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Ownership } from "../placement/ownership.js";
import { EndedLives } from "../registry/ended-lives.js";
import { epochStride, triesStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { Timings } from "../settings/settings.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";
import type { Restarts } from "./restarts.js";

/** Errors after which an orphan stays one, for its next host. */
const passing: ReadonlySet<string | number | undefined> = new Set(["Partitioned", "NodeDown", "HubClosed"]);

/** So many orphans are looked at, and started again, in one turn of the event loop. */
const orphansPerTurn = 250;

/** The records of dead actors, and who starts them again. */
export interface RecoveryPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "main" | "state">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "batchWindowMs" | "handoffTimeoutMs" | "deliveryMs">;
  readonly inbox: Pick<Inbox, "push">;
  readonly gate: Pick<ServingGate, "mayAdopt">;
  readonly registry: Registry;
  readonly sync: Pick<RegistrySync, "isCertain">;
  readonly claims: Claims;
  readonly ownership: Pick<Ownership, "registrarFor" | "hostFor" | "view" | "again">;
  readonly membership: Pick<Membership, "peer" | "peers" | "has">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has">;
  readonly replacement: Pick<ThreadReplacement, "awaits" | "replace">;
  readonly restarts: Pick<Restarts, "start" | "once" | "failed">;
  readonly isDown: (place: PlaceId) => boolean;
  /** Gives an actor that runs here a new epoch. */
  readonly renumber: (record: RegistryRecord, epoch: Epoch) => void;
}

/** Brings back actors: those of dead threads on a new thread, those of dead nodes on their new owners. */
export class Recovery {
  /** The lives that ended lately and were restarted. */
  readonly ended: EndedLives;
  readonly #ports: RecoveryPorts;
  /** True while an offer of the orphans is due: one follows each death. */
  #offers = false;
  /** True while a look at the orphans waits for its turn in the inbox. */
  #isDue = false;
  /** True while another look at the orphans is due: they are looked at again as long as there are any. */
  #looksAgain = false;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.ended = new EndedLives(ports.clock, ports.timings.deliveryMs);
  }

  /**
   * A thread of this node died: a new one takes its index, and its actors start there again, unless they are stopped meanwhile. They are
   * recorded as down in slices: nobody takes a place that has ended for one where an actor runs.
   */
  threadDied(index: number, place: PlaceId, cause: Error): void {
    const { registry, inbox, local, replacement, clock } = this.#ports;
    // What a node that leaves has ended there is another one's to start.
    const isLeft = ({ state }: RegistryRecord): boolean => state === "down" && local.state === "closing";
    const dead = registry.recordsOf(local.name).filter((record) => record.place === place && !isLeft(record));
    const down: RegistryRecord[] = [];
    const recorded = inSlices(clock, dead, (some) => {
      const still = some.filter((record) => registry.own(record.spec.id) === record);
      const records = still.map((record): RegistryRecord => ({ ...record, state: "down" }));
      registry.publish(records.map((record) => ({ op: "put", record })));
      for (const record of records) down.push(record);
    });
    replacement.awaits(index);
    inbox.push(Priority.recovery, () => {
      void replacement.replace(index).then(async () => {
        if (recorded !== undefined) await recorded;
        const isStill = ({ spec, epoch }: RegistryRecord): boolean => {
          const own = registry.own(spec.id);
          return own?.state === "down" && own.epoch === epoch;
        };
        const known = new Set(down);
        const named = await this.#at(place);
        await this.#restartSliced([...down, ...named.filter((record) => !isLeft(record))], toWireError(cause), (record) =>
          known.has(record) ? isStill(record) : this.#isStill(record),
        );
      });
    });
  }

  /** Records name a thread of this node that has ended: their actors start again. */
  threadLost(place: PlaceId): void {
    const cause = toWireError(new ThreadExited(`${placeInWords(place)} has ended`, placeFields(place)));
    this.#ports.inbox.push(
      Priority.recovery,
      () => void this.#at(place).then((named) => this.#restartSliced(named, cause, (record) => this.#isStill(record))),
    );
  }

  /** Starts actors again here, a slice in each turn: those for which `isDue` holds in their turn. */
  async #restartSliced(
    records: readonly RegistryRecord[],
    cause: WireError,
    isDue: (record: RegistryRecord) => boolean,
  ): Promise<void> {
    const parts: Promise<unknown>[] = [];
    const restart = (some: readonly RegistryRecord[]): void => void parts.push(this.#restart(some.filter(isDue), cause));
    const each = [...new Map(records.map((record) => [record.spec.id, record])).values()];
    const sliced = inSlices(this.#ports.clock, each, restart, orphansPerTurn);
    if (sliced !== undefined) await sliced;
    await Promise.all(parts);
  }

  /** An actor that was handed over to this node never ran here: it starts again by its restart policy. */
  arrivalLost(record: RegistryRecord, cause: WireError): void {
    this.#ports.checks.mark("arrivalLost");
    this.#ports.inbox.push(Priority.recovery, () => void this.#restart([record], cause, { lost: true }));
  }

  /** Gives an actor that runs here an epoch above `epoch`: otherwise a move of another life could later exceed its epoch. */
  raiseEpochAbove(record: RegistryRecord, epoch: Epoch): void {
    this.#ports.checks.mark("epochRaised");
    this.#ports.renumber(record, epoch + epochStride);
  }

  /** Starts the orphans that belong to this node in the present ring, and offers the others to those who decide for them. */
  adoptOrphans(): void {
    const { registry, inbox, clock, timings, gate } = this.#ports;
    // This is called again when the last records of a node that is gone have been taken out.
    if (registry.isForgetting || registry.orphans.size === 0 || !this.#isMember || !gate.mayAdopt) return;
    if (!this.#isDue) {
      this.#isDue = true;
      inbox.push(Priority.recovery, () => {
        this.#isDue = false;
        return this.#adoptMine(false);
      });
    }
    if (!this.#offers) {
      this.#offers = true;
      clock.setTimeout(() => {
        this.#offers = false;
        void this.#offerOrphans(false);
      }, timings.batchWindowMs * 2);
    }
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    clock.setTimeout(() => {
      this.#looksAgain = false;
      void this.#adoptMine(true);
      void this.#offerOrphans(true);
      this.adoptOrphans();
    }, timings.handoffTimeoutMs * 2);
  }

  /** Starts actors that another node gives to this node (`decided`; `swapped`: by a cold swap), or offers as orphans. Resolves with the errors by id. */
  async adopt(
    records: readonly RegistryRecord[],
    decided: boolean,
    swapped = false,
  ): Promise<{ id: ActorId; error: WireError }[]> {
    const { local } = this.#ports;
    if (decided) return errorsOf(await this.#restart(records, undefined, { decided, swapped }));
    const mine: RegistryRecord[] = [];
    const others: RegistryRecord[] = [];
    for (const record of records) (this.#registrarFor(record) === local.name ? mine : others).push(record);
    const refused = this.#passOn(others);
    const placed = await this.#place(
      mine.filter((record) => !this.#seenRunning(record)),
      undefined,
    );
    return [...errorsOf(placed), ...refused];
  }

  /**
   * Orphans that this node does not decide about: whoever told it of them saw other members, or no node for them. They become orphans here as
   * well, and their registrars hear of them. Two nodes that started one could do so in the same instant, under the same epoch.
   */
  #passOn(records: readonly RegistryRecord[]): { id: ActorId; error: WireError }[] {
    const { registry, local } = this.#ports;
    const refused = records.flatMap((record) => {
      const { id } = record.spec;
      if (registry.isOver(record)) registry.repeatEnd(record);
      if (registry.isOver(record) || this.#runs(record)) return [];
      registry.orphans.told(record);
      const error = new Partitioned(`node ${local.name} does not decide where actor ${id} starts again: it sees other members`, {
        id,
      });
      return [{ id, error: toWireError(error) }];
    });
    if (refused.length > 0) this.adoptOrphans();
    return refused;
  }

  /** Actors that this node alone has a record of, and does not run: those who decide for them have them started again. */
  unclaimed(records: readonly RegistryRecord[]): void {
    const { requests, local } = this.#ports;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of records) gather(byOwner, this.#registrarFor(record) ?? local.name, record);
    for (const [owner, some] of byOwner) {
      if (owner === local.name) void this.adopt(some, false);
      else requests.ask(owner, { type: "adopt", records: some, decided: false }).catch(() => {});
    }
  }

  /** Actors that another node said it started: if it died before anybody else had heard of them, they are orphans that only this node knows. */
  heardOf(records: readonly RegistryRecord[]): void {
    const { registry, membership, local } = this.#ports;
    const lost = records.filter(({ place }) => nodeOf(place) !== local.name && !membership.has(place));
    if (lost.length === 0) return;
    for (const record of lost) registry.orphans.told(record);
    this.adoptOrphans();
  }

  /**
   * Starts this node's orphans. An orphan that was moving to a living node is left to that node for a while, to start or to report lost;
   * `all`: that while is over.
   */
  #adoptMine(all: boolean): Promise<void> | undefined {
    const { registry, clock } = this.#ports;
    return inSlices(clock, [...registry.orphans.values()], (some) => this.#adoptSome(some, all), orphansPerTurn);
  }

  #adoptSome(some: readonly RegistryRecord[], all: boolean): void {
    const { registry, local, sync, gate } = this.#ports;
    // A node that took an actor over before its old node died may have told only a node that died as well. This is called again when this node is certain.
    if (local.state !== "up" || !sync.isCertain || !gate.mayAdopt) return;
    const mine: RegistryRecord[] = [];
    for (const record of some) {
      if (registry.orphans.get(record.spec.id) !== record) continue;
      if (!all && record.state === "moved" && this.#isAlive(record.place)) continue;
      // The registrar may be the next life of the node that died, and know nothing of the actor: so the node that handed it over records its end.
      const handedOver = record.spec.restart === "temporary" && registry.own(record.spec.id)?.state === "moved";
      if (handedOver || this.#registrarFor(record) === local.name) mine.push(record);
      // No node starts it again, and its registrar may never have heard of it: each node forgets it by itself.
      else if (record.spec.restart === "temporary") registry.release(record.spec.id);
    }
    if (mine.length > 0) this.#ports.checks.mark("orphanAdopted");
    if (mine.length > 0) void this.#place(mine, toWireError(new NodeDown("its node went down")));
  }

  /** Tells a newcomer of the actors that wait for their nodes: it does not know them, and may be the last node left that does. */
  tellWhoWaits(newcomer: NodeName): void {
    if (this.#ports.local.state === "up") void this.#tellWhoWaits([newcomer]);
  }

  /**
   * This node leaves, and may be the last one that knows of its orphans: those who decide for them hear of them, and all of those that wait.
   * Undefined when they are few; else resolves when all have been told.
   */
  leaves(): Promise<void> | undefined {
    const tell = (): Promise<void> | undefined => this.#tellWhoWaits(this.#ports.membership.peers.map(({ node }) => node));
    const offered = this.#offerOrphans(false);
    return offered === undefined ? tell() : offered.then(tell);
  }

  #tellWhoWaits(nodes: readonly NodeName[]): Promise<void> | undefined {
    const { registry, requests, clock } = this.#ports;
    const tell = (some: readonly RegistryRecord[]): void => {
      const records = some.filter(
        (record) => registry.orphans.get(record.spec.id) === record && this.#registrarFor(record) === undefined,
      );
      if (records.length === 0) return;
      for (const node of nodes) requests.ask(node, { type: "adopt", records, decided: false }).catch(() => {});
    };
    return inSlices(clock, [...registry.orphans.values()], tell, orphansPerTurn);
  }

  /** The node that decides what becomes of an orphan; undefined while the orphan waits for its node. A temporary actor waits for none. */
  #registrarFor({ spec, place }: RegistryRecord): NodeName | undefined {
    const { ownership } = this.#ports;
    return (
      ownership.registrarFor(ownership.again(spec, place)) ??
      (spec.restart === "temporary" ? ownership.view.nodes[0]?.node : undefined)
    );
  }

  /** Starts orphans whose registrar is this node, here or where the distribution wants them. Resolves with the errors by id. */
  async #place(records: readonly RegistryRecord[], cause: WireError | undefined): Promise<Map<ActorId, WireError>> {
    const { ownership, local, requests, claims, restarts } = this.#ports;
    const node = local.name;
    const byHost = new Map<NodeName, RegistryRecord[]>();
    // The records may come from another node, which may name one twice.
    for (const record of new Map(records.map((one) => [one.spec.id, one])).values()) {
      const { id, restart } = record.spec;
      const host = restart === "temporary" ? node : ownership.hostFor(ownership.again(record.spec, record.place));
      if (host === node) gather(byHost, node, record);
      else if (host !== undefined && !claims.isUnderWay(id) && !this.#runs(record)) gather(byHost, host, record);
    }
    const failed = new Map<ActorId, WireError>();
    const parts = [...byHost].map(async ([host, some]) => {
      if (host === node) {
        for (const [id, error] of await this.#restart(some, cause)) failed.set(id, error);
        return;
      }
      this.#ports.checks.mark("orphanPlacedElsewhere");
      for (const { spec } of some) claims.beginPlacing(spec.id);
      const asked = requests.ask(host, { type: "adopt", records: some, decided: true });
      const errors = await asked.then(
        (answer) => new Map(answer.errors.map(({ id, error }) => [id, error])),
        (error: unknown) => new Map(some.map(({ spec }) => [spec.id, toWireError(error)])),
      );
      for (const record of some) {
        const { id } = record.spec;
        claims.endPlacing(id);
        const error = errors.get(id);
        // An orphan whose host may not serve, or is gone, is looked at again at the next change of members, or the next look.
        if (error !== undefined && !passing.has(error.code)) restarts.failed(record, error, record.epoch + triesStride);
        if (error !== undefined) failed.set(id, error);
      }
    });
    await Promise.all(parts);
    return failed;
  }

  #isAlive(place: PlaceId): boolean {
    const { isDown, local, group, membership } = this.#ports;
    const host = nodeOf(place);
    return !isDown(place) && (host === local.name ? group.has(place) : membership.peer(host) !== undefined);
  }

  /** A node that leaves starts no actors any more, but knows of those that others are to start. */
  get #isMember(): boolean {
    const { state } = this.#ports.local;
    return state === "up" || state === "closing";
  }

  /** Offers orphans to their owners: an owner that joined after the death has never heard of them. `all`: also those that were moving to a living node. */
  #offerOrphans(all: boolean): Promise<void> | undefined {
    const { registry, clock } = this.#ports;
    return inSlices(clock, [...registry.orphans.values()], (some) => this.#offerSome(some, all), orphansPerTurn);
  }

  #offerSome(some: readonly RegistryRecord[], all: boolean): void {
    const { registry, local, requests, membership, ownership, gate } = this.#ports;
    if (!this.#isMember || !gate.mayAdopt) return;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of some) {
      if (registry.orphans.get(record.spec.id) !== record) continue;
      if (record.spec.restart === "temporary" || (!all && record.state === "moved" && this.#isAlive(record.place))) continue;
      const owner = ownership.registrarFor(ownership.again(record.spec, record.place));
      if (owner !== undefined && owner !== local.name && membership.peer(owner) !== undefined) gather(byOwner, owner, record);
    }
    if (byOwner.size > 0) this.#ports.checks.mark("orphanOffered");
    for (const [owner, records] of byOwner) requests.ask(owner, { type: "adopt", records, decided: false }).catch(() => {});
  }

  /** True while a record, or orphan, is the last that is known of its actor. */
  #isStill(record: RegistryRecord): boolean {
    const { registry } = this.#ports;
    const { id } = record.spec;
    return registry.current(id) === record || registry.orphans.get(id) === record;
  }

  /** The records, orphans included, that name a place: all are looked at, a slice in each turn. */
  async #at(place: PlaceId): Promise<RegistryRecord[]> {
    const { registry, clock } = this.#ports;
    const found: RegistryRecord[] = [];
    let looked = 0;
    const look = (record: RegistryRecord | undefined): Promise<void> | undefined => {
      if (record?.place === place) found.push(record);
      return ++looked % sliceSize === 0 ? ownTurn(clock, sliceSize) : undefined;
    };
    for (const id of registry.ids()) {
      const turn = look(registry.current(id));
      if (turn !== undefined) await turn;
    }
    for (const orphan of registry.orphans.values()) {
      const turn = look(orphan);
      if (turn !== undefined) await turn;
    }
    return found;
  }

  /**
   * Starts actors again here, under epochs above all they had. Actors that run are left alone; `lost`: a record that says they run is
   * wrong; `decided`: each is tried once, since the node that asks goes on trying. Resolves with the errors of the first tries by id.
   */
  async #restart(
    records: readonly RegistryRecord[],
    cause: WireError | undefined,
    { lost = false, decided = false, swapped = false } = {},
  ): Promise<Map<ActorId, WireError>> {
    const { registry, claims, restarts, local } = this.#ports;
    const failed = new Map<ActorId, WireError>();
    const again = new Map<ActorId, RegistryRecord>();
    for (const record of records) {
      const { id } = record.spec;
      if (registry.isOver(record)) {
        registry.repeatEnd(record);
        continue;
      }
      const runs = this.#runs(record) && !lost;
      // Whoever began something with it ends that: a start, here or elsewhere, a swap, the next try.
      if (runs || claims.isUnderWay(id)) continue;
      again.set(id, record);
    }
    // Of a life that was last elsewhere nothing is over here: it may be on its way to this node.
    const life = nodeLifeOf(local.main);
    this.ended.note([...again.values()].filter(({ place }) => nodeLifeOf(place) === life));
    const restartOne = async (record: RegistryRecord): Promise<void> => {
      const { id, restart } = record.spec;
      let error = restart === "temporary" ? cause : undefined;
      if (error !== undefined) restarts.failed(record, error, record.epoch);
      else if (decided) error = (await restarts.once(record, cause, undefined, swapped)).error;
      else error = await restarts.start(record, cause);
      if (error !== undefined) failed.set(id, error);
    };
    await Promise.all([...again.values()].map(restartOne));
    return failed;
  }

  /** True when the actor of a record runs, here or elsewhere. The node that offers it may have lost sight of its host, which may be this node. */
  #runs({ spec, place, epoch }: RegistryRecord): boolean {
    const { registry, group } = this.#ports;
    const own = registry.own(spec.id);
    if (own?.state === "running" && group.has(own.place)) {
      if (own.epoch < epoch || (own.epoch === epoch && own.place !== place)) this.raiseEpochAbove(own, epoch);
      return true;
    }
    const current = registry.current(spec.id);
    return current?.state === "running" && current.epoch >= epoch && current.place !== place;
  }

  /**
   * True when an actor is offered as an orphan although its host is a member here: the node that offers it has lost sight of that host. An
   * actor that runs under a lower epoch than the offer's does not count: the offered record would be above it for ever.
   */
  #seenRunning({ spec, state, epoch }: RegistryRecord): boolean {
    const current = this.#ports.registry.current(spec.id);
    return state === "running" && current?.state === "running" && current.epoch >= epoch && this.#isAlive(current.place);
  }
}

function errorsOf(failed: ReadonlyMap<ActorId, WireError>): { id: ActorId; error: WireError }[] {
  return [...failed].map(([id, error]) => ({ id, error }));
}
