import {
  type ActorId,
  AlreadyStarted,
  type ChildSpec,
  type Epoch,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
  StartFailed,
  type StartOrder,
  type StartOutcome,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { threadOf } from "@process-hub/strategies";
import type { Coordinator } from "./coordinator.js";
import { gather } from "./gather.js";

const requestSize = 2_000;
const orderSize = 1_000;
const maxHops = 2;

interface Waiting {
  readonly order: StartOrder;
  /** Where it must start; undefined: on the thread its id belongs to. */
  readonly pinned: PlaceId | undefined;
  readonly done: (outcome: StartOutcome) => void;
}

/** Starts actors where they belong: at the ring's owner, who alone decides whether an id is free. */
export class Starter {
  readonly #coordinator: Coordinator;
  /** Ids whose start is under way here; true when the actor has already ended again. */
  readonly #starting = new Map<ActorId, boolean>();
  readonly #settling = new Map<ActorId, (() => void)[]>();
  #waiting: Waiting[] = [];

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

  /** An actor ended. True when its start is still under way: then it is never registered. */
  endedEarly(id: ActorId): boolean {
    if (!this.#starting.has(id)) return false;
    this.#starting.set(id, true);
    return true;
  }

  /** Starts each at its owner. One outcome each, in no order, and to `heard` as they come; never rejects. */
  async start(
    specs: readonly ChildSpec[],
    hops: number,
    heard: (outcomes: readonly StartOutcome[]) => void = () => {},
  ): Promise<StartOutcome[]> {
    const { node, placement } = this.#coordinator;
    const byOwner = new Map<NodeName, ChildSpec[]>();
    const outcomes: StartOutcome[] = [];
    for (const spec of specs) {
      const owner = hops > maxHops ? node : placement.owners(spec, 1)[0];
      if (owner === undefined) outcomes.push({ id: spec.id, error: toWireError(nowhere(spec, this.#coordinator)) });
      else gather(byOwner, owner, spec);
    }
    heard(outcomes);
    const parts: Promise<StartOutcome[]>[] = [];
    for (const [owner, some] of byOwner) {
      if (owner === node) parts.push(this.#here(some, heard));
      else
        for (let i = 0; i < some.length; i += requestSize)
          parts.push(this.#there(owner, some.slice(i, i + requestSize), hops, heard));
    }
    return outcomes.concat(...(await Promise.all(parts)));
  }

  /** Starts an actor here under an epoch, whoever owns it: after a death or a cold swap. */
  restart(spec: ChildSpec, epoch: Epoch, place?: PlaceId): Promise<StartOutcome> {
    const { registry, clock } = this.#coordinator;
    return this.#order({ spec, epoch, bornAtMs: registry.birth(spec.id, clock.now()) }, place);
  }

  #here(specs: readonly ChildSpec[], heard: (outcomes: readonly StartOutcome[]) => void): Promise<StartOutcome[]> {
    const starts = specs.map(async (spec) => {
      const outcome = await this.#startOne(spec);
      heard([outcome]);
      return outcome;
    });
    return Promise.all(starts);
  }

  async #startOne(spec: ChildSpec): Promise<StartOutcome> {
    const { registry, clock } = this.#coordinator;
    const { id } = spec;
    const taken = registry.current(id) !== undefined || registry.orphans.has(id) || this.#starting.has(id);
    if (!taken) return this.#order({ spec, epoch: registry.freshEpoch, bornAtMs: registry.birth(id, clock.now()) });
    return { id, error: toWireError(new AlreadyStarted(`an actor ${id} runs, or is being started, already`, { id })) };
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

  /** Orders of one turn go to their threads together. */
  #order(order: StartOrder, pinned?: PlaceId): Promise<StartOutcome> {
    const { id } = order.spec;
    this.#starting.set(id, false);
    return new Promise((done) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#send());
      this.#waiting.push({ order, pinned, done });
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const byPlace = new Map<PlaceId, Waiting[]>();
    for (const one of waiting) {
      const place = one.pinned ?? this.#place(one.order.spec.id);
      if (place === undefined)
        this.#fail(
          one,
          toWireError(new StartFailed(`no thread of node ${this.#coordinator.node} is running`, { id: one.order.spec.id })),
        );
      else gather(byPlace, place, one);
    }
    for (const [place, batch] of byPlace) {
      for (let i = 0; i < batch.length; i += orderSize) void this.#startAt(place, batch.slice(i, i + orderSize));
    }
  }

  #place(id: ActorId): PlaceId | undefined {
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
          const over = this.#starting.get(spec.id) === true;
          this.#settle(spec.id);
          if (!over) started.push({ spec, place, epoch, mode: "active", bornAtMs, state: "running" });
          one.done({ id: spec.id, placement: { id: spec.id, place, epoch, mode: "active" } });
        }
      });
      registry.publish(started.map((record) => ({ op: "put", record })));
      this.#coordinator.placesChecked(started);
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
    this.#coordinator.resolver.changed(order.spec.id);
  }
}

function nowhere({ id, nodes }: ChildSpec, { view }: Coordinator): StartFailed {
  const members = view.nodes.map(({ node }) => node).join(", ") || "none";
  const wanted = nodes === undefined ? "" : ` (it may run on ${nodes.join(", ")} only)`;
  return new StartFailed(`actor ${id} has no node to run on${wanted}; nodes that take actors: ${members}`, { id });
}
