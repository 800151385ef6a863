import { type ActorRef, type AnyActor, type ArgsOf, childSpec, isActorDefinition, type MessagesOf, type StartOptions, type TypedActor } from "@process-hub/actor";
import {
  type ActorId,
  type ChildSpec,
  fromWireError,
  HubClosed,
  HubConfigError,
  type NodeName,
  nodeOf,
  StartFailed,
  threadOfPlace,
} from "@process-hub/protocol";
import { type Child, child } from "./child.js";
import { Coordinator, type CoordinatorPorts } from "./coordinator.js";
import type { HubEventName, HubHandler } from "./hooks.js";
import { type HubStats, hubStats } from "./hub-stats.js";
import type { RegistryEntry } from "./registry-entry.js";
import { type ChildError, type DrainResult, StartResult, type StopResult } from "./results.js";

/** How a batch of starts is bounded, and what happens when one fails. */
export interface StartChildrenOptions {
  /** `"rollback"` stops those that had started when any fails. Default: `"continue"`. */
  readonly onFailure?: "continue" | "rollback";
  /** Default true: an id that runs already is `AlreadyStarted`. False: it counts as started where it runs. */
  readonly checkExisting?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type SpecChange = (spec: ChildSpec) => ChildSpec | undefined;

/** One node of a hub: starts actors, talks to them by id, moves them, and tells what happens. Made by `createHub`. */
export class Hub {
  readonly #coordinator: Coordinator;
  readonly #alters: SpecChange[] = [];
  readonly #id: string;
  #closing: Promise<void> | undefined;

  constructor(ports: CoordinatorPorts) {
    this.#coordinator = new Coordinator(ports);
    this.#id = ports.settings.id;
  }

  /** The hub's id: nodes of the same id form one hub. */
  get id(): string {
    return this.#id;
  }

  /** This node's name. */
  get node(): NodeName {
    return this.#coordinator.node;
  }

  /** Starts the node and its static children. Called once, by `createHub`. */
  async open(): Promise<void> {
    await this.#coordinator.start();
    const { children } = this.#coordinator.settings;
    if (children.length === 0) return;
    const { errors } = await this.startChildren(children, { checkExisting: false });
    const first = errors[0];
    if (first === undefined) return;
    await this.close();
    throw new StartFailed(`the static child ${first.id} could not be started: ${first.error.message}`, { id: first.id }, first.error);
  }

  /** Starts an actor at its owner by the ring. Rejects with `AlreadyStarted`, `StartFailed`, `NodeDown` or `HubClosed`. */
  async start<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Promise<ActorRef<MessagesOf<A>>> {
    const { errors } = await this.startChildren([child(actor, options)]);
    if (errors[0] !== undefined) throw errors[0].error;
    return this.ref(actor, options.id);
  }

  /** Starts a batch; each child has its own outcome. Rejects only for a closed hub, a wrong option, or an aborted signal. */
  async startChildren(children: readonly Child[], options: StartChildrenOptions = {}): Promise<StartResult> {
    this.#assertOpen("start");
    const { onFailure = "continue", checkExisting = true, timeoutMs, signal } = options;
    signal?.throwIfAborted();
    const specs = children.map((one) => this.#altered(one));
    this.#coordinator.hooks.emit("childStarting", { ids: specs.map(({ id }) => id) });
    const outcomes = await this.#bounded(this.#coordinator.starter.start(specs, 0), specs, timeoutMs, signal);
    const started: { id: ActorId; placements: { node: NodeName; thread: number; epoch: number }[] }[] = [];
    const fresh: ActorId[] = [];
    const errors: ChildError[] = [];
    const refs = new Map<ActorId, ActorRef>();
    const actors = new Map(specs.map((spec) => [spec.id, spec.actor]));
    for (const { id, placement, error } of outcomes) {
      const existing = error?.code === "AlreadyStarted" && !checkExisting ? this.lookup(id)?.replicas : undefined;
      if (placement !== undefined) fresh.push(id);
      const at = placement === undefined ? existing : [{ node: nodeOf(placement.place), thread: threadOfPlace(placement.place), epoch: placement.epoch }];
      if (at !== undefined || (error?.code === "AlreadyStarted" && !checkExisting)) {
        started.push({ id, placements: (at ?? []).map(({ node, thread, epoch }) => ({ node, thread, epoch })) });
        refs.set(id, this.#refTo(actors.get(id) ?? "", id));
      } else errors.push({ id, node: this.#ownerOf(id), error: error === undefined ? new StartFailed(`actor ${id} did not start`) : fromWireError(error) });
    }
    if (fresh.length > 0) this.#coordinator.hooks.emit("childStarted", { ids: fresh });
    if (errors.length === 0 || onFailure === "continue") return new StartResult(started, errors, false, refs);
    await this.stopChildren(fresh);
    return new StartResult([], errors, true, new Map());
  }

  /** Stops an actor. Rejects with its error. */
  async stop(id: ActorId, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { errors } = await this.stopChildren([id], options);
    if (errors[0] !== undefined) throw errors[0].error;
  }

  /** Stops a batch: each after its handler in hand, by force at `timeoutMs`. Rejects only for a closed hub. */
  async stopChildren(ids: readonly ActorId[], options: { readonly timeoutMs?: number } = {}): Promise<StopResult> {
    this.#assertOpen("stop");
    const { timeoutMs = this.#coordinator.settings.timings.stopTimeoutMs } = options;
    const outcomes = await this.#coordinator.stopper.stop([...new Set(ids)], timeoutMs);
    const errors = outcomes.flatMap(({ id, node, error }) => (error === undefined ? [] : [{ id, node, error: fromWireError(error) }]));
    const stopped = outcomes.flatMap(({ id, node, error }) => (error === undefined ? [{ id, nodes: [node] }] : []));
    return { status: errors.length === 0 ? "ok" : "error", stopped, errors };
  }

  /** A typed reference. No I/O: the actor's place is looked up when it is used. */
  ref<A extends TypedActor>(actor: A, id: ActorId): ActorRef<MessagesOf<A>> {
    if (!isActorDefinition(actor)) throw new HubConfigError("hub.ref: the first argument is an actor's definition", { path: "actor" });
    return this.#refTo(actor.name, id) as ActorRef<MessagesOf<A>>;
  }

  /** Resolves when the links have room again, after a `tell` returned false. */
  ready(): Promise<void> {
    return this.#coordinator.post.ready();
  }

  /** Where an actor runs, as this node knows it: local, synchronous. */
  lookup(id: ActorId): RegistryEntry | undefined {
    return this.#coordinator.registry.entry(id);
  }

  /** The actors of a tag. */
  lookupTag(tag: string): RegistryEntry[] {
    return [...this.#coordinator.registry.entries()].filter((entry) => entry.tag === tag);
  }

  /** The actors of the whole hub, or of this node. */
  list(scope: "global" | "local" = "global"): RegistryEntry[] {
    const all = [...this.#coordinator.registry.entries()];
    return scope === "global" ? all : all.filter(({ replicas }) => replicas.some(({ node }) => node === this.node));
  }

  /** The whole registry as this node knows it. */
  dump(): RegistryEntry[] {
    return this.list("global");
  }

  /** The members' names, sorted. */
  nodes(options: { readonly includeLocal?: boolean } = {}): NodeName[] {
    const others = this.#coordinator.membership.peers.map(({ node }) => node);
    return (options.includeLocal === true ? [...others, this.node] : others).sort();
  }

  isAlive(): boolean {
    return this.#coordinator.state === "up";
  }

  isLocked(): boolean {
    return this.#coordinator.inbox.locked;
  }

  on<K extends HubEventName>(name: K, handler: HubHandler<K>, options: { readonly priority?: number } = {}): this {
    this.#coordinator.hooks.on(name, handler, options.priority);
    return this;
  }

  off<K extends HubEventName>(name: K, handler: HubHandler<K>): this {
    this.#coordinator.hooks.off(name, handler);
    return this;
  }

  /** Changes what is started: each function gets the spec, and returns another or nothing. */
  alter(_name: "childStart", change: SpecChange): this {
    this.#alters.push(change);
    return this;
  }

  /** Moves a running actor, with state, mailbox and timers. Rejects with `HandoffFailed` (it goes on where it was), `ActorNotFound` or `NodeDown`. */
  async move(id: ActorId, to: { readonly node?: NodeName; readonly thread?: number }): Promise<void> {
    this.#assertOpen("move");
    const node = to.node ?? nodeOf(this.#coordinator.registry.current(id)?.place ?? this.#coordinator.main);
    const [outcome] = await this.#coordinator.mover.move([id], node, to.thread);
    if (outcome?.error !== undefined) throw fromWireError(outcome.error);
  }

  /** Moves many actors to one node in batches; each has its own outcome. */
  async moveAll(ids: readonly ActorId[], to: { readonly node: NodeName; readonly thread?: number }): Promise<DrainResult> {
    this.#assertOpen("move");
    const outcomes = await this.#coordinator.mover.move(ids, to.node, to.thread);
    const errors = outcomes.flatMap(({ id, error }) => (error === undefined ? [] : [{ id, node: this.node, error: fromWireError(error) }]));
    return { moved: outcomes.flatMap(({ id, error }) => (error === undefined ? [id] : [])), errors };
  }

  /** Hands over all actors of this node and takes no new ones; the node stays a member. */
  async drain(): Promise<DrainResult> {
    this.#assertOpen("drain");
    const before = this.list("local").map(({ id }) => id);
    const failed = await this.#coordinator.drain();
    return {
      moved: before.filter((id) => !failed.has(id)),
      errors: [...failed].map(([id, error]) => ({ id, node: this.node, error })),
    };
  }

  /** Counters of this node: messages by fate, moves, restarts, threads. */
  stats(): HubStats {
    return hubStats(this.#coordinator);
  }

  /** Leaves gracefully: hands over, says goodbye, stops. What waits for this node settles with `HubClosed`. */
  close(): Promise<void> {
    this.#closing ??= this.#coordinator.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refTo(actor: string, id: ActorId): ActorRef {
    const { post } = this.#coordinator;
    return {
      id,
      actor,
      tell: (message: string, input?: unknown) => post.tell(null, id, message, input),
      ask: (message: string, input?: unknown, options?: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined }) =>
        post.ask(null, id, message, input, options),
    };
  }

  #ownerOf(id: ActorId): NodeName {
    return this.#coordinator.placement.owners({ id, actor: "" }, 1)[0] ?? this.node;
  }

  #altered({ actor, options }: Child): ChildSpec {
    this.#assertKnown(actor);
    return this.#alters.reduce((spec, change) => change(spec) ?? spec, childSpec(actor, options));
  }

  #assertKnown(actor: AnyActor): void {
    if (!isActorDefinition(actor)) throw new HubConfigError("start: the first argument is an actor's definition, made by defineActor", { path: "actor" });
  }

  #assertOpen(what: string): void {
    if (this.#closing !== undefined || this.#coordinator.state !== "up") throw new HubClosed(`${what}: the hub ${this.#id} is closed on node ${this.node}`);
  }

  /** What is not known at the deadline is an error of its own; the start may still take place. */
  async #bounded(
    work: ReturnType<Coordinator["starter"]["start"]>,
    specs: readonly ChildSpec[],
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): ReturnType<Coordinator["starter"]["start"]> {
    if (timeoutMs === undefined && signal === undefined) return work;
    return new Promise((resolve, reject) => {
      const late = { name: "StartFailed", code: "StartFailed", message: `no answer within ${timeoutMs} ms; the start may still take place` };
      const timer = timeoutMs === undefined ? undefined : this.#coordinator.clock.setTimeout(() => resolve(specs.map(({ id }) => ({ id, error: late }))), timeoutMs);
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      work.then(resolve, reject).finally(() => {
        timer?.cancel();
        signal?.removeEventListener("abort", abort);
      });
    });
  }
}
