import {
  type ActorId,
  AlreadyStarted,
  type ChildSpec,
  type Epoch,
  encode,
  gather,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
  type ReplicaState,
  StartFailed,
  type StartOrder,
  type StartOutcome,
  tooLarge,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { type Strategy, threadOf } from "@process-hub/strategies";
import type { Coordinator } from "../node/coordinator.js";
import { strategyFailure } from "../placement/guarded-placement.js";

const requestSize = 2_000;
const orderSize = 1_000;
const maxHops = 2;
const maxTries = 3;

interface Waiting {
  readonly order: StartOrder;
  /** Where a copy of it stands; undefined: it starts on the thread its id belongs to. */
  readonly pinned: PlaceId | undefined;
  readonly done: (outcome: StartOutcome) => void;
}

interface HandedOn {
  readonly spec: ChildSpec;
  readonly done: (outcome: StartOutcome) => void;
}

/** Starts actors where they belong: asks the one node that decides whether the id is free and where its actor starts, most often the ring's owner. */
export class Starter {
  readonly #coordinator: Coordinator;
  /** Ids whose start is under way here: under which epoch (none, where another node starts it), and whether the actor has ended again. */
  readonly #starting = new Map<ActorId, { readonly epoch: Epoch | undefined; readonly over: boolean }>();
  readonly #settling = new Map<ActorId, (() => void)[]>();
  #waiting: Waiting[] = [];
  #handedOn = new Map<NodeName, HandedOn[]>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  isStarting(id: ActorId): boolean {
    return this.#starting.has(id);
  }

  /** Resolves when no start of the actor is under way here (any more). */
  settled(id: ActorId): Promise<void> {
    if (!this.#starting.has(id)) return Promise.resolve();
    return new Promise((resolve) => gather(this.#settling, id, resolve));
  }

  /** An actor ended. True when its start is still under way: then it is never registered. What an earlier copy says late is not of this start. */
  endedEarly(id: ActorId, epoch: Epoch): boolean {
    const started = this.#starting.get(id)?.epoch;
    if (started === undefined || epoch < started) return false;
    this.#starting.set(id, { epoch: started, over: true });
    return true;
  }

  /** Starts each at its owner. One outcome each, in no order, and to `heard` as they come; never rejects. */
  async start(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void = () => {},
  ): Promise<StartOutcome[]> {
    const { node, partition } = this.#coordinator;
    for (let wait = partition.serves && partition.knowsOthers(); wait; wait = partition.serves && partition.knowsOthers())
      await wait;
    if (!partition.serves) {
      const refused = specs.map(({ id }) => ({ id, error: toWireError(partition.refusal(`actor ${id} is not started`, id)) }));
      heard(refused);
      return refused;
    }
    const byOwner = new Map<NodeName, ChildSpec[]>();
    const outcomes: StartOutcome[] = [];
    for (const spec of specs) {
      const problem = hops === 0 ? this.#problem(spec) : undefined;
      const owner = hops > maxHops ? node : this.#coordinator.ownership.registrarFor(spec);
      if (problem !== undefined) outcomes.push({ id: spec.id, error: toWireError(problem) });
      else if (owner === undefined) outcomes.push({ id: spec.id, error: toWireError(nowhere(spec, this.#coordinator)) });
      else gather(byOwner, owner, spec);
    }
    heard(outcomes);
    const parts: Promise<StartOutcome[]>[] = [];
    for (const [owner, some] of byOwner) {
      if (owner === node) parts.push(this.#here(some, heard));
      else for (const request of this.#requests(some)) parts.push(this.#there(owner, request, hops, heard));
    }
    return outcomes.concat(...(await Promise.all(parts)));
  }

  /** What one node decides about, in the requests that it is asked in: none has to wait there for a slow start on a third node. */
  #requests(specs: readonly ChildSpec[]): ChildSpec[][] {
    const { placement, node } = this.#coordinator;
    const byHost = new Map<NodeName, ChildSpec[]>();
    for (const spec of specs) {
      // An arbiter of the strategy's own picks the host by what it alone may know.
      const host = placement.hasRegistrar ? undefined : placement.owners(spec, 1)[0];
      gather(byHost, host ?? node, spec);
    }
    const requests: ChildSpec[][] = [];
    for (const some of byHost.values())
      for (let i = 0; i < some.length; i += requestSize) requests.push(some.slice(i, i + requestSize));
    return requests;
  }

  /** Starts each here: the node that decides such things has decided so. */
  startDecided(specs: readonly ChildSpec[]): Promise<StartOutcome[]> {
    return Promise.all(specs.map((spec) => this.#startOne(spec, true)));
  }

  /** Starts an actor here under an epoch, whoever owns it: after a death or a cold swap. It goes on from a copy of it, if there is one. */
  restart(spec: ChildSpec, epoch: Epoch): Promise<StartOutcome> {
    const { clock, registry, replicas, replicaStates } = this.#coordinator;
    const order = { spec, epoch, bornAtMs: registry.birth(spec.id, clock.now()), promote: true };
    return this.#order(order, replicas.placeOf(spec.id), replicaStates.newest(spec.id));
  }

  #here(specs: readonly ChildSpec[], heard: (outcomes: readonly StartOutcome[]) => void): Promise<StartOutcome[]> {
    const starts = specs.map(async (spec) => {
      const outcome = await this.#startOne(spec);
      heard([outcome]);
      return outcome;
    });
    return Promise.all(starts);
  }

  async #startOne(spec: ChildSpec, decided = false): Promise<StartOutcome> {
    const { registry, sync, recovery } = this.#coordinator;
    const { id } = spec;
    if (!sync.isCertain) await sync.certain();
    const isKnown = registry.current(id) !== undefined || registry.orphans.has(id);
    if (!isKnown && !this.#starting.has(id) && !recovery.isPlacing(id))
      return decided ? this.#fresh(spec) : this.#whereItBelongs(spec);
    return { id, error: toWireError(new AlreadyStarted(`an actor ${id} runs, or is being started, already`, { id })) };
  }

  /** This node has decided that the id is free: it is taken while its actor starts elsewhere. */
  async #whereItBelongs(spec: ChildSpec): Promise<StartOutcome> {
    const { ownership, node } = this.#coordinator;
    const { id } = spec;
    for (let tries = 1; ; tries++) {
      const host = ownership.hostFor(spec);
      if (host === undefined) return { id, error: toWireError(nowhere(spec, this.#coordinator)) };
      if (host === node) return this.#fresh(spec);
      const outcome = await this.#handOn(host, spec);
      if (outcome.error?.code !== "HubClosed" || tries === maxTries) return outcome;
    }
  }

  #fresh(spec: ChildSpec): Promise<StartOutcome> {
    const { registry, clock } = this.#coordinator;
    return this.#order({ spec, epoch: registry.freshEpoch, bornAtMs: registry.birth(spec.id, clock.now()) });
  }

  /** Starts of one turn that go to one node go together. */
  #handOn(host: NodeName, spec: ChildSpec): Promise<StartOutcome> {
    this.#starting.set(spec.id, { epoch: undefined, over: false });
    return new Promise((done) => {
      if (this.#handedOn.size === 0) queueMicrotask(() => this.#sendOn());
      gather(this.#handedOn, host, { spec, done });
    });
  }

  #sendOn(): void {
    const handedOn = this.#handedOn;
    this.#handedOn = new Map();
    for (const [host, starts] of handedOn) {
      for (let i = 0; i < starts.length; i += requestSize) void this.#startThere(host, starts.slice(i, i + requestSize));
    }
  }

  async #startThere(host: NodeName, starts: readonly HandedOn[]): Promise<void> {
    const { requests, lookups } = this.#coordinator;
    const specs = starts.map(({ spec }) => spec);
    const asked = requests.ask(host, { type: "start", specs, hops: 0, decided: true });
    const known = await asked.then(
      ({ outcomes }) => new Map(outcomes.map((outcome) => [outcome.id, outcome])),
      (error: unknown) => new Map(specs.map(({ id }): [ActorId, StartOutcome] => [id, { id, error: toWireError(error) }])),
    );
    for (const { spec, done } of starts) {
      const { id } = spec;
      this.#settle(id);
      done(known.get(id) ?? { id, error: toWireError(new StartFailed(`node ${host} did not say what became of ${id}`, { id })) });
      lookups.changed(id);
    }
  }

  /** What is wrong with the way an actor is to be started: the distribution strategy says so, or no node could be told of it. */
  #problem(spec: ChildSpec): StartFailed | undefined {
    const { distribution, redundancy } = this.#coordinator.settings;
    const { messageBytes } = this.#coordinator;
    if (messageBytes !== undefined) {
      const { byteLength } = encode(spec);
      const fields = { id: spec.id, bytes: byteLength, limitBytes: messageBytes };
      if (byteLength > messageBytes)
        return new StartFailed(tooLarge(`actor ${spec.id}, with its args and metadata,`, byteLength, messageBytes), fields);
    }
    if (distribution.check === undefined) return undefined;
    let asked: Strategy = redundancy;
    try {
      const replicas = redundancy.replicas(this.#coordinator.view);
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
  ): Promise<StartOutcome[]> {
    let outcomes: StartOutcome[];
    try {
      outcomes = (await this.#coordinator.requests.ask(owner, { type: "start", specs, hops: hops + 1 })).outcomes;
    } catch (error) {
      outcomes = specs.map(({ id }) => ({ id, error: toWireError(error) }));
    }
    heard(outcomes);
    return outcomes;
  }

  /** Orders of one turn go to their threads together; one whose actor has copies elsewhere when their states are known. */
  #order(order: StartOrder, pinned?: PlaceId, copy?: Promise<ReplicaState | undefined>): Promise<StartOutcome> {
    const { id } = order.spec;
    const { partition } = this.#coordinator;
    if (!partition.serves)
      return Promise.resolve({ id, error: toWireError(partition.refusal(`actor ${id} is not started`, id)) });
    this.#starting.set(id, { epoch: order.epoch, over: false });
    return new Promise((done) => {
      const push = (standby: ReplicaState | undefined): void => {
        if (this.#waiting.length === 0) queueMicrotask(() => this.#send());
        this.#waiting.push({ order: standby === undefined ? order : { ...order, standby }, pinned, done });
      };
      if (copy === undefined) push(undefined);
      else void copy.then(push);
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const byPlace = new Map<PlaceId, Waiting[]>();
    const homeless: Waiting[] = [];
    for (const one of waiting) {
      const pinned = one.pinned !== undefined && this.#coordinator.group.has(one.pinned) ? one.pinned : undefined;
      const place = pinned ?? this.placeFor(one.order.spec.id);
      if (place === undefined) homeless.push(one);
      else gather(byPlace, place, one);
    }
    for (const [place, batch] of byPlace) {
      for (let i = 0; i < batch.length; i += orderSize) void this.#startAt(place, batch.slice(i, i + orderSize));
    }
    if (homeless.length > 0) void this.#awaitThread(homeless);
  }

  /** All threads are dead: one that is replaced takes these, unless none ever is. */
  async #awaitThread(homeless: readonly Waiting[]): Promise<void> {
    const { recovery, node } = this.#coordinator;
    const replaced = recovery.replaced();
    if (replaced === undefined) {
      for (const one of homeless) {
        const { id } = one.order.spec;
        this.#fail(one, toWireError(new StartFailed(`no thread of node ${node} is running, and none could be replaced`, { id })));
      }
      return;
    }
    await replaced;
    if (this.#waiting.length === 0) queueMicrotask(() => this.#send());
    this.#waiting.push(...homeless);
  }

  /** The thread of this node that an id belongs to, or the next one that runs. */
  placeFor(id: ActorId): PlaceId | undefined {
    const { group } = this.#coordinator;
    const { places } = group;
    const first = threadOf(id, places.length);
    for (let i = 0; i < places.length; i++) {
      const place = places[(first + i) % places.length];
      if (place !== undefined && group.has(place)) return place;
    }
    return undefined;
  }

  async #startAt(place: PlaceId, batch: readonly Waiting[]): Promise<void> {
    const { group, registry } = this.#coordinator;
    try {
      const failures = await group.control(place).start(batch.map(({ order }) => order));
      const failed = new Map(failures.map(({ index, error }) => [index, error]));
      const started: RegistryRecord[] = [];
      batch.forEach((one, index) => {
        const error = failed.get(index);
        if (error !== undefined) this.#fail(one, error);
        else {
          const { spec, epoch, bornAtMs } = one.order;
          const over = this.#starting.get(spec.id)?.over === true;
          this.#settle(spec.id);
          if (!over) started.push({ spec, place, epoch, mode: "active", bornAtMs, state: "running" });
          one.done({ id: spec.id, placement: { id: spec.id, place, epoch, mode: "active" } });
        }
      });
      registry.publish(started.map((record) => ({ op: "put", record })));
      this.#coordinator.recordChanges.placesChecked(started);
    } catch (error) {
      for (const one of batch) this.#fail(one, toWireError(error));
    }
  }

  #settle(id: ActorId): void {
    this.#starting.delete(id);
    const waiting = this.#settling.get(id);
    this.#settling.delete(id);
    for (const resolve of waiting ?? []) resolve();
  }

  #fail({ order, done }: Waiting, error: WireError): void {
    this.#settle(order.spec.id);
    done({ id: order.spec.id, error });
    this.#coordinator.lookups.changed(order.spec.id);
  }
}

function nowhere(spec: ChildSpec, { view, placement }: Coordinator): StartFailed {
  const failure = placement.failureOf(spec);
  if (failure !== undefined) return failure;
  const { id, nodes } = spec;
  const members = view.nodes.map(({ node }) => node).join(", ") || "none";
  const wanted = nodes === undefined ? "" : ` (it may run on ${nodes.join(", ")} only)`;
  return new StartFailed(`actor ${id} has no node to run on${wanted}; nodes that take actors: ${members}`, { id });
}
