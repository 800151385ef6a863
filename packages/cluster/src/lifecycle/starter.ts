/*
 * Starts actors: the registrar of an id decides whether the id is free, and has its actor started where it belongs.
 * Without one registrar two starters of an id would both win.
 */
import {
  type ActorId,
  AlreadyStarted,
  AskTimeout,
  type Checks,
  type ChildSpec,
  type Clock,
  type Epoch,
  encode,
  gather,
  inSlices,
  lineageOf,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
  type ReplicaOrigin,
  type ReplicaState,
  resumed,
  StartFailed,
  type StartOrder,
  type StartOutcome,
  TurnBatch,
  tooLarge,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { DistributionStrategy, RedundancyStrategy, Strategy } from "@process-hub/strategies";
import type { StartReason } from "../events/hub-events.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import { strategyFailure } from "../placement/guarded-placement.js";
import type { LookupQueue } from "../placement/lookup-queue.js";
import { nowhereToStart } from "../placement/no-node.js";
import type { Ownership } from "../placement/ownership.js";
import type { StandingReplicas } from "../placement/standing-replicas.js";
import { epochStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";
import type { AwaitedStarts } from "./awaited-starts.js";
import type { ReplicaStates } from "./replica-states.js";
import type { StartHooks } from "./start-hooks.js";
import { StartWindow } from "./start-window.js";

const requestSize = 2_000;
const orderSize = 1_000;
const maxHops = 2;
const maxHostTries = 3;

/** What came of a start. `replica`: what an actor that had run before goes on from; absent: it began with `init`. */
export interface Restarted extends StartOutcome {
  readonly replica?: ReplicaOrigin;
}

interface Waiting {
  readonly order: StartOrder;
  /** The thread that keeps a replica of the actor; undefined: it starts on the thread its id belongs to. */
  readonly pinned: PlaceId | undefined;
  /** It ran before: such starts come in crowds. */
  readonly again: boolean;
  readonly reason: StartReason;
  /** The members as they were when it was decided that it starts here. */
  readonly view: Ownership["view"];
  /** The threads that were tried, and did not answer. */
  readonly tried: readonly PlaceId[];
  readonly done: (outcome: Restarted) => void;
}

interface HandedOn {
  readonly host: NodeName;
  readonly altered: boolean;
  readonly spec: ChildSpec;
  readonly done: (outcome: StartOutcome) => void;
}

/** Who admits an id, where its actor belongs, and the threads that start it. */
export interface StarterPorts {
  readonly node: NodeName;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly distribution: DistributionStrategy;
  readonly redundancyOf: (actor: string) => RedundancyStrategy;
  /** The most bytes of one message to another node; undefined when there is no limit. */
  readonly messageBytes: number | undefined;
  readonly gate: Pick<ServingGate, "serves" | "knowsOthers" | "refusal">;
  readonly ownership: Pick<Ownership, "registrarFor" | "registrarOf" | "hostFor" | "view" | "placement" | "kinds">;
  readonly registry: Pick<Registry, "current" | "freshEpoch" | "lives" | "publish"> & {
    readonly orphans: Pick<Registry["orphans"], "has">;
  };
  readonly sync: Pick<RegistrySync, "isCertain" | "certain">;
  readonly claims: Claims;
  readonly standing: Pick<StandingReplicas, "placeOf">;
  readonly replicaStates: Pick<ReplicaStates, "newest">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "placeFor" | "unlessBlocked">;
  readonly replacement: Pick<ThreadReplacement, "replaced">;
  readonly lookups: Pick<LookupQueue, "changed">;
  readonly startHooks: Pick<StartHooks, "begins" | "ended" | "alters">;
  readonly awaitedStarts: Pick<AwaitedStarts, "follow">;
  /** No node can run it yet: it is started when one can. */
  readonly awaitNode: (spec: ChildSpec, error: WireError) => void;
  /** The most restarts on one thread at a time. */
  readonly startsAtOnce: number;
  readonly stopTimeoutMs: number;
  /** Records of what began were published: their threads may have died meanwhile, and later lives ended elsewhere. Called to look at those. */
  readonly recorded: (records: readonly RegistryRecord[]) => void;
  /** An actor has begun here that belongs elsewhere by now, and that no redistribution knew of. */
  readonly misplaced: () => void;
  /** Another node said that it started these; it may have died before anybody else had heard of them. */
  readonly heardOf: (records: readonly RegistryRecord[]) => void;
}

/** Starts actors where they belong: asks the registrar of each id, most often the ring's owner. */
export class Starter {
  readonly #ports: StarterPorts;
  readonly #waiting = new TurnBatch<Waiting>((waiting) => this.#send(waiting));
  readonly #handedOn = new TurnBatch<HandedOn>((starts) => this.#sendOn(starts));
  readonly #window: StartWindow<Waiting>;

  constructor(ports: StarterPorts) {
    this.#ports = ports;
    this.#window = new StartWindow(ports.startsAtOnce, (place, batch) => this.#startAt(place, batch));
  }

  /**
   * Starts each actor at its owner. One outcome each, in no order, also given to `heard` as they come; never rejects. One that waits for a
   * node is followed until it runs, by the node that was asked first (`hops` 0). `altered`: another node's alters have changed the specs.
   */
  async start(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void = () => {},
    altered = this.#ports.startHooks.alters,
  ): Promise<StartOutcome[]> {
    const { awaitedStarts } = this.#ports;
    if (hops === 0 && specs.some(({ whenPossible }) => whenPossible === true)) {
      const known = (outcomes: readonly StartOutcome[]): void => heard(outcomes.filter(({ waits }) => waits !== true));
      const outcomes = await this.#start(specs, hops, known, altered);
      return Promise.all(
        outcomes.map(async (outcome) => {
          if (outcome.waits !== true) return outcome;
          const last = await awaitedStarts.follow(outcome.id);
          heard([last]);
          return last;
        }),
      );
    }
    return this.#start(specs, hops, heard, altered);
  }

  async #start(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void,
    altered: boolean,
  ): Promise<StartOutcome[]> {
    const { gate } = this.#ports;
    for (let wait = gate.serves && gate.knowsOthers(); wait; wait = gate.serves && gate.knowsOthers()) await wait;
    const parts: Promise<StartOutcome[]>[] = [];
    const given = inSlices(this.#ports.clock, specs, (some) => void parts.push(this.#startSome(some, hops, heard, altered)));
    if (given !== undefined) await given;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : (await Promise.all(parts)).flat();
  }

  async #startSome(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void,
    altered: boolean,
  ): Promise<StartOutcome[]> {
    const { node, gate, ownership } = this.#ports;
    if (!gate.serves) {
      const refused = specs.map(({ id }) => ({ id, error: toWireError(gate.refusal(`actor ${id} is not started`, id)) }));
      heard(refused);
      return refused;
    }
    const byOwner = new Map<NodeName, ChildSpec[]>();
    const outcomes: StartOutcome[] = [];
    for (const spec of specs) {
      const problem = this.#problem(spec, hops);
      const owner = hops > maxHops ? node : (ownership.registrarFor(spec) ?? this.#waitsAt(spec));
      if (problem !== undefined) outcomes.push({ id: spec.id, error: toWireError(problem) });
      else if (owner === undefined) outcomes.push({ id: spec.id, error: toWireError(nowhereToStart(spec, ownership)) });
      else gather(byOwner, owner, spec);
    }
    heard(outcomes);
    const parts: Promise<StartOutcome[]>[] = [];
    for (const [owner, some] of byOwner) {
      if (owner === node) parts.push(this.#here(some, hops, heard, altered));
      else for (const request of this.#requests(some)) parts.push(this.#there(owner, request, hops, heard, altered));
    }
    return outcomes.concat(...(await Promise.all(parts)));
  }

  /** Splits starts for one registrar into requests by host, so that none waits there for a slow start on a third node. */
  #requests(specs: readonly ChildSpec[]): ChildSpec[][] {
    const { ownership, node } = this.#ports;
    const { placement } = ownership;
    const byHost = new Map<NodeName, ChildSpec[]>();
    for (const spec of specs) {
      // A registrar that the strategy names picks the host itself, by facts it alone may know.
      const host = placement.hasRegistrar ? undefined : placement.owners(spec, 1)[0];
      gather(byHost, host ?? node, spec);
    }
    const requests: ChildSpec[][] = [];
    for (const some of byHost.values())
      for (let i = 0; i < some.length; i += requestSize) requests.push(some.slice(i, i + requestSize));
    return requests;
  }

  /** Starts each actor here, as its registrar has decided. */
  startDecided(specs: readonly ChildSpec[], altered: boolean): Promise<StartOutcome[]> {
    return Promise.all(specs.map((spec) => this.#startOne(spec, altered, true)));
  }

  /**
   * Starts an actor here again under an epoch, whoever owns it, after a death or a cold swap. It goes on from a replica's state, if there is
   * one; `anew`: it crashed, and begins with `init`.
   */
  restart(
    { spec, life }: Pick<RegistryRecord, "spec" | "life">,
    epoch: Epoch,
    anew = false,
    reason: StartReason = "restart",
  ): Promise<Restarted> {
    const { registry, standing, replicaStates } = this.#ports;
    const order = { spec, epoch, life: registry.lives.after(life), promote: !anew };
    if (anew) return this.#order(order, reason);
    return this.#order(order, reason, { pinned: standing.placeOf(spec.id), replica: replicaStates.newest(spec) });
  }

  /** The node that admits an actor which no node can run now, and may wait for one; undefined where it may not, or the strategy fails. */
  #waitsAt(spec: ChildSpec): NodeName | undefined {
    const { ownership, node } = this.#ports;
    if (spec.whenPossible !== true || ownership.placement.failureOf(spec) !== undefined) return undefined;
    return ownership.registrarOf(spec.id) ?? node;
  }

  #here(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void,
    altered: boolean,
  ): Promise<StartOutcome[]> {
    const starts = specs.map(async (spec) => {
      // At once where that can be: the id is to be taken in the turn in which it is asked for.
      const passedOn = this.#ports.sync.isCertain ? undefined : await this.#passedOn(spec, hops, altered);
      const outcome = passedOn ?? (await this.#startOne(spec, altered));
      heard([outcome]);
      return outcome;
    });
    return Promise.all(starts);
  }

  /** What came of a start that another node decides by now, and may have decided already: this one had to wait for news of others first. */
  async #passedOn(spec: ChildSpec, hops: number, altered: boolean): Promise<StartOutcome | undefined> {
    const { sync, ownership, node, checks } = this.#ports;
    await sync.certain();
    const owner = hops > maxHops ? node : (ownership.registrarFor(spec) ?? node);
    if (owner === node) return undefined;
    checks.mark("startPassedOn");
    const [outcome] = await this.#startSome([spec], hops + 1, () => {}, altered);
    return outcome;
  }

  async #startOne(spec: ChildSpec, altered: boolean, decided = false): Promise<StartOutcome> {
    const { sync } = this.#ports;
    if (!sync.isCertain) await sync.certain();
    if (!this.#isFree(spec.id)) return taken(spec.id);
    return decided ? this.#fresh(spec, altered) : this.#whereItBelongs(spec, altered);
  }

  #isFree(id: ActorId): boolean {
    const { registry, claims } = this.#ports;
    const isKnown = registry.current(id) !== undefined || registry.orphans.has(id);
    return !isKnown && !claims.isUnderWay(id);
  }

  /** This node has admitted the id, which is taken while its actor starts where it belongs. */
  async #whereItBelongs(spec: ChildSpec, altered: boolean): Promise<StartOutcome> {
    const { ownership, node, awaitNode } = this.#ports;
    const { id } = spec;
    for (let tries = 1; ; tries++) {
      const host = ownership.hostFor(spec);
      if (host === undefined) {
        const error = toWireError(nowhereToStart(spec, ownership));
        if (this.#waitsAt(spec) === undefined) return { id, error };
        awaitNode(spec, error);
        return { id, error, waits: true };
      }
      if (host === node) return this.#fresh(spec, altered);
      const outcome = await this.#handOn(host, spec, altered);
      if (outcome.error?.code !== "HubClosed" || tries === maxHostTries) return outcome;
      // The id was free for a moment; and the host may have started the actor before it closed.
      if (!this.#isFree(id)) return taken(id);
    }
  }

  #fresh(spec: ChildSpec, altered: boolean): Promise<StartOutcome> {
    const { registry, checks } = this.#ports;
    const epoch = registry.freshEpoch;
    const known = registry.current(spec.id)?.epoch ?? -1;
    checks.invariant(
      epoch > known,
      "a fresh start has an epoch above all that are known of its id",
      () => `${spec.id}: ${epoch}, known ${known}`,
    );
    return this.#order({ spec, epoch, life: registry.lives.first() }, "start", { altered });
  }

  /** Starts of one turn for one node travel together. */
  #handOn(host: NodeName, spec: ChildSpec, altered: boolean): Promise<StartOutcome> {
    this.#ports.checks.mark("startHandedOn");
    this.#ports.claims.beginStart(spec.id, undefined);
    return new Promise((done) => this.#handedOn.add({ host, altered, spec, done }));
  }

  #sendOn(all: readonly HandedOn[]): void {
    for (const altered of [true, false]) {
      const byHost = new Map<NodeName, HandedOn[]>();
      for (const one of all) if (one.altered === altered) gather(byHost, one.host, one);
      for (const [host, starts] of byHost)
        for (let i = 0; i < starts.length; i += requestSize)
          void this.#startThere(host, starts.slice(i, i + requestSize), altered);
    }
  }

  async #startThere(host: NodeName, starts: readonly HandedOn[], altered: boolean): Promise<void> {
    const { requests, claims, lookups, heardOf, registry } = this.#ports;
    const specs = starts.map(({ spec }) => spec);
    const { freshEpoch } = registry;
    const more = altered ? { altered } : {};
    const asked = requests.ask(host, { type: "start", specs, hops: 0, decided: true, freshEpoch, ...more });
    const known = await asked.then(
      ({ outcomes, records }) => {
        heardOf(records);
        return new Map(outcomes.map((outcome) => [outcome.id, outcome]));
      },
      (error: unknown) => new Map(specs.map(({ id }): [ActorId, StartOutcome] => [id, { id, error: toWireError(error) }])),
    );
    for (const { spec, done } of starts) {
      const { id } = spec;
      claims.endStart(id);
      done(known.get(id) ?? { id, error: toWireError(new StartFailed(`node ${host} did not say what became of ${id}`, { id })) });
      lookups.changed(id);
    }
  }

  /**
   * Why an actor cannot be started: its spec is too large for a message, which who is asked first says; or the distribution strategy refuses it. How
   * many replicas there are to be, those say that have its kind.
   */
  #problem(spec: ChildSpec, hops: number): StartFailed | undefined {
    const { node, distribution, redundancyOf, messageBytes, ownership } = this.#ports;
    if (hops === 0 && messageBytes !== undefined) {
      const { byteLength } = encode(spec);
      const fields = { id: spec.id, bytes: byteLength, limitBytes: messageBytes };
      if (byteLength > messageBytes)
        return new StartFailed(tooLarge(`actor ${spec.id}, with its args and metadata,`, byteLength, messageBytes), fields);
    }
    if (distribution.check === undefined || spec.bound === true) return undefined;
    if (ownership.kinds.of(node, spec.actor) === undefined) return undefined;
    const redundancy = redundancyOf(spec.actor);
    let asked: Strategy = redundancy;
    try {
      const replicas = redundancy.replicas(ownership.view);
      asked = distribution;
      const problem = distribution.check(spec, replicas);
      return problem === undefined ? undefined : new StartFailed(`actor ${spec.id}: ${problem}`, { id: spec.id });
    } catch (error) {
      return strategyFailure(asked, spec.id, error);
    }
  }

  async #there(
    owner: NodeName,
    specs: ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void,
    altered: boolean,
  ): Promise<StartOutcome[]> {
    let outcomes: StartOutcome[];
    try {
      const { freshEpoch } = this.#ports.registry;
      const more = altered ? { altered } : {};
      const answer = await this.#ports.requests.ask(owner, { type: "start", specs, hops: hops + 1, freshEpoch, ...more });
      outcomes = answer.outcomes;
      this.#ports.heardOf(answer.records);
    } catch (error) {
      outcomes = specs.map(({ id }) => ({ id, error: toWireError(error) }));
    }
    heard(outcomes);
    return outcomes;
  }

  /** Orders of one turn for one thread travel together. An order whose actor has replicas elsewhere waits for their states. */
  #order(
    given: StartOrder,
    reason: StartReason,
    {
      pinned,
      replica,
      altered = false,
    }: {
      readonly pinned?: PlaceId | undefined;
      readonly replica?: Promise<ReplicaState | undefined> | undefined;
      readonly altered?: boolean;
    } = {},
  ): Promise<Restarted> {
    const { id } = given.spec;
    const { gate, claims, startHooks, ownership } = this.#ports;
    const { view } = ownership;
    if (!gate.serves) return Promise.resolve({ id, error: toWireError(gate.refusal(`actor ${id} is not started`, id)) });
    claims.beginStart(id, given.epoch, lineageOf(given.life));
    const order = { ...given, spec: startHooks.begins(given.spec, reason, altered) };
    const again = reason !== "start";
    return new Promise((done) => {
      const push = (standby: ReplicaState | undefined): void => {
        this.#waiting.add({
          order: standby === undefined ? order : { ...order, standby },
          pinned,
          again,
          reason,
          view,
          tried: [],
          done,
        });
      };
      if (replica === undefined) push(undefined);
      else void replica.then(push);
    });
  }

  #send(waiting: readonly Waiting[]): void {
    const byPlace = new Map<PlaceId, Waiting[]>();
    const homeless: Waiting[] = [];
    for (const one of waiting) {
      const pinned = one.pinned !== undefined && this.#ports.group.has(one.pinned) ? one.pinned : undefined;
      const place = pinned ?? this.#ports.group.placeFor(one.order.spec.id);
      if (place === undefined) homeless.push(one);
      else gather(byPlace, place, one);
    }
    for (const [place, some] of byPlace) this.#sendTo(place, some);
    if (homeless.length > 0) void this.#awaitThread(homeless);
  }

  #sendTo(place: PlaceId, starts: readonly Waiting[]): void {
    const again = starts.filter((one) => one.again);
    const fresh = starts.filter((one) => !one.again);
    if (again.length > 0) this.#window.add(place, again);
    for (let i = 0; i < fresh.length; i += orderSize) void this.#startAt(place, fresh.slice(i, i + orderSize));
  }

  /** All threads are dead: the starts wait for a replaced thread, and fail if none is awaited. */
  async #awaitThread(homeless: readonly Waiting[]): Promise<void> {
    const { replacement, node } = this.#ports;
    const replaced = replacement.replaced();
    if (replaced === undefined) {
      for (const one of homeless) {
        const { id } = one.order.spec;
        this.#fail(one, toWireError(new StartFailed(`no thread of node ${node} is running, and none could be replaced`, { id })));
      }
      return;
    }
    this.#ports.checks.mark("startAwaitedThread");
    await replaced;
    for (const one of homeless) this.#waiting.add(one);
  }

  async #startAt(place: PlaceId, batch: readonly Waiting[]): Promise<void> {
    const { group, registry, recorded, misplaced } = this.#ports;
    try {
      const said = await group.unlessBlocked(place, group.control(place).start(batch.map(({ order }) => order)));
      const words = new Map(said.map((word) => [word.index, word]));
      const started = batch.flatMap((one, index) => {
        const word = words.get(index);
        if (word?.error === undefined) return this.#started(one, place, word?.replica);
        this.#fail(one, word.error);
        return [];
      });
      registry.publish(started.map((record) => ({ op: "put", record })));
      recorded(started);
      const begun = new Set(started.map(({ spec }) => spec.id));
      if (batch.some((one) => begun.has(one.order.spec.id) && this.#isMisplaced(one))) misplaced();
    } catch (error) {
      if (error instanceof AskTimeout) this.#elsewhere(place, batch, error);
      else for (const one of batch) this.#fail(one, toWireError(error));
    }
  }

  /** The members have changed while it began, and who looked then where all belong did not see it. One that was taken back from a swap stays. */
  #isMisplaced({ order: { spec }, reason, view }: Waiting): boolean {
    const { ownership, node } = this.#ports;
    if (reason === "swap" || ownership.view === view) return false;
    const [owner] = ownership.placement.owners({ ...spec, host: node }, 1);
    return owner !== undefined && owner !== node;
  }

  /** A start has succeeded. The record to publish; none when its actor has ended since, or is to. */
  #started({ order, again, reason, done }: Waiting, place: PlaceId, replica: ReplicaOrigin | undefined): RegistryRecord[] {
    const { claims, checks, group, lookups, startHooks, stopTimeoutMs } = this.#ports;
    const { spec, epoch, life } = order;
    const { id } = spec;
    if (claims.isStopped(id)) {
      checks.mark("stoppedBeforeItsStartWasKnown");
      claims.endStart(id);
      group
        .control(place)
        .stop([id], stopTimeoutMs)
        .catch(() => {});
      const error = toWireError(new StartFailed(`actor ${id} was stopped before its start had ended`, { id }));
      startHooks.ended(spec, reason, { error });
      done({ id, error });
      lookups.changed(id);
      return [];
    }
    const over = claims.endStart(id);
    const placement = { id, place, epoch, mode: "active" } as const;
    startHooks.ended(spec, reason, { placement, ...(replica === undefined ? {} : { replica }) });
    done({ id, placement, ...(again && replica !== undefined ? { replica } : {}) });
    const own = replica === undefined ? life : resumed(life);
    if (!over) return [{ spec, place, epoch, mode: "active", life: own, state: "running" }];
    checks.mark("endedBeforeItsStartWasKnown");
    return [];
  }

  /** A thread does not answer: what it may yet begin ends there at once, and each actor starts on a thread that was not tried, under a later epoch. */
  #elsewhere(place: PlaceId, batch: readonly Waiting[], cause: AskTimeout): void {
    const { group, claims, checks, registry } = this.#ports;
    const orders = batch.map(({ order }) => ({ id: order.spec.id, epoch: order.epoch }));
    if (group.has(place))
      group
        .control(place)
        .cancelStarts(orders)
        .catch(() => {});
    for (const one of batch) {
      const { id } = one.order.spec;
      const tried = [...one.tried, place];
      const next = claims.isStopped(id) ? undefined : group.placeFor(id, tried);
      if (next === undefined) {
        this.#fail(one, toWireError(new StartFailed(`actor ${id} could not be started: ${cause.message}`, { id }, cause)));
        continue;
      }
      checks.mark("startTriedOnAnotherThread");
      const epoch = Math.max(one.order.epoch + epochStride, registry.freshEpoch);
      claims.continueStart(id, epoch);
      this.#sendTo(next, [{ ...one, order: { ...one.order, epoch }, tried }]);
    }
  }

  #fail({ order, reason, done }: Waiting, error: WireError): void {
    const { claims, lookups, startHooks } = this.#ports;
    claims.endStart(order.spec.id);
    startHooks.ended(order.spec, reason, { error });
    done({ id: order.spec.id, error });
    lookups.changed(order.spec.id);
  }
}

function taken(id: ActorId): StartOutcome {
  return { id, error: toWireError(new AlreadyStarted(`an actor ${id} runs, or is being started, already`, { id })) };
}
