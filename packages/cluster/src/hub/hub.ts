/*
 * The public face of a node: checks the arguments of each call, and words its results.
 * Without it users would call the parts of a node directly, and every change of a part would break them.
 */
import {
  type ActorRef,
  type ArgsOf,
  type BatchMessages,
  type Child,
  child,
  idOf,
  kindOf,
  type MessagesOf,
  type OnNode,
  type StartOptions,
  specToGet,
  type TypedActor,
} from "@process-hub/actor";
import {
  type ActorId,
  after,
  copyOf,
  fromWireError,
  HubClosed,
  inSlices,
  type KindCard,
  Locked,
  type NodeName,
  nodeOf,
  SpecUpdate,
} from "@process-hub/protocol";
import type { HandlerEntry, HandlerOptions } from "../events/handler-list.js";
import type { HookName, HookOf, HubEventName, HubHandler, SpecChange } from "../events/hub-events.js";
import { type NodeHandler, NodeHandlers } from "../events/node-handlers.js";
import { hasStopped } from "../lifecycle/stopper.js";
import { DoorTransport } from "../membership/door-transport.js";
import { Coordinator } from "../node/coordinator.js";
import type { CoordinatorPorts } from "../node/coordinator-ports.js";
import type { NodeDoor } from "../node/node-door.js";
import { type EntryQuery, fits } from "../registry/entry-query.js";
import { entrySlices } from "../registry/entry-slices.js";
import type { RegistryEntry } from "../registry/registry-entry.js";
import { parseOptions } from "../settings/config-error.js";
import { ownThreads } from "../threads/own-threads.js";
import { broadcast, type CollectResult, collect, type DispatchTo } from "./dispatch.js";
import { type Explanation, explain } from "./explain.js";
import { type ExportedChild, exportedChild, importedChildren } from "./exported-children.js";
import { HubHooks } from "./hub-hooks.js";
import {
  BroadcastOptionsSchema,
  CloseOptionsSchema,
  ClusterSizeSchema,
  CollectOptionsSchema,
  checkedActor,
  checkedId,
  checkedList,
  DrainOptionsSchema,
  ListQuery,
  MoveAllTargetSchema,
  MoveTargetSchema,
  SettledOptionsSchema,
  StopOptionsSchema,
  UpdateOptionsSchema,
} from "./hub-options.js";
import { HubRefs } from "./hub-refs.js";
import { type HubStats, hubStats } from "./hub-stats.js";
import { KeyedStorage } from "./keyed-storage.js";
import { startNodeActors } from "./node-actors.js";
import { rename } from "./rename.js";
import {
  type ChildError,
  type CloseResult,
  DrainResult,
  MoveResult,
  type StartResult,
  type StoppedChild,
  StopResult,
} from "./results.js";
import { type StartChildrenOptions, startBatch, stopErrors } from "./start-batch.js";
import { openStatic } from "./static-children.js";

/** Which actors a list has: all, those of this node, or those that fit a query, whose `actor` is a definition or its name. */
export type ListedBy = "global" | "local" | (Omit<EntryQuery, "actor"> & { readonly actor?: string | TypedActor | undefined });

/** The bound of a drain, and the fate of what is left then. */
export interface DrainOptions {
  /** Default: `timings.shutdownTimeoutMs`. */
  readonly deadlineMs?: number;
  /** So many actors begin to move in a second, at most. Default: no bound. */
  readonly perSecond?: number;
  /** True: what is still here at the deadline is stopped, for good. Default false: it goes on. */
  readonly force?: boolean;
}

/** The kinds of actors that a node has. One without any runs no actors, and talks to those of others. */
export interface NodeBuild {
  readonly node: NodeName;
  readonly kinds: readonly KindCard[];
}

/** How long a handler may still go on when its actor is stopped by a drain's `force`. */
const forceMs = 100;

/** One node of a hub: starts actors, talks to them by id, moves them, and tells what happens. Made by `createHub`. */
export class Hub {
  #coordinator: Coordinator;
  readonly #ports: CoordinatorPorts;
  #door: DoorTransport;
  readonly #refs: HubRefs;
  #renaming: Promise<void> | undefined;
  readonly #id: string;
  readonly #hooks: HubHooks;
  readonly #handlers = new NodeHandlers();
  /** Small values of this node by key, with an optional time to live. */
  readonly storage: KeyedStorage;
  #closing: Promise<CloseResult> | undefined;

  constructor(ports: CoordinatorPorts) {
    this.#door = new DoorTransport(ports.transport);
    this.#ports = { ...ports, handlers: this.#handlers, replaced: () => this.#abandon() };
    this.#coordinator = new Coordinator({ ...this.#ports, transport: this.#door, threads: ownThreads(ports.threads) });
    this.#refs = new HubRefs(this.#node);
    this.#id = ports.settings.id;
    this.#hooks = new HubHooks(this.#node.hooks);
    const { limits, timings } = ports.settings;
    this.storage = new KeyedStorage(ports.clock, limits.storage, timings.cleanUpIntervalMs);
  }

  get #node(): NodeDoor {
    return this.#coordinator.door;
  }

  /** The hub's id: nodes of the same id form one hub. */
  get id(): string {
    return this.#id;
  }

  /** This node's name. */
  get node(): NodeName {
    return this.#node.local.name;
  }

  /** Starts the node and its static children. Called once, by `createHub`. */
  async open(): Promise<void> {
    await this.#coordinator.start().catch(async (error: unknown) => {
      await this.#endPorts();
      throw error;
    });
    await openStatic({
      node: () => this.#node,
      children: this.#node.settings.children,
      start: (children) => this.startChildren(children, { checkExisting: false }),
      close: () => this.close(),
    });
  }

  /** Starts an actor at its owner by the ring. Rejects with `AlreadyStarted`, `StartFailed`, `NodeDown` or `HubClosed`. */
  async start<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Promise<ActorRef<MessagesOf<A>>> {
    const { errors } = await this.startChildren([child(actor, options)]);
    if (errors[0] !== undefined) throw errors[0].error;
    return this.ref(actor, options.id);
  }

  /**
   * A reference to an actor that is there: started at its owner by the ring, unless it runs already; from any number of nodes at once. Resolves when
   * it runs and is not about to end, which is waited for. `args`: default, what the kind's `autoStart` gives; not used when it runs already.
   * Rejects as `start` does, but for `AlreadyStarted`; with `WrongActor` when another kind has the id.
   */
  async get<A extends TypedActor>(actor: A, id: ActorId, args?: ArgsOf<A>): Promise<ActorRef<MessagesOf<A>>> {
    this.#assertOpen("get");
    checkedActor("hub.get", actor);
    await this.#node.onDemand.get(specToGet(actor, { id: checkedId("get", id), args }));
    return this.ref(actor, id);
  }

  /** Starts a batch; each child has its own outcome. Rejects only for a closed hub, a wrong option, or an aborted signal. */
  async startChildren<C extends Child>(
    children: readonly C[],
    options: StartChildrenOptions = {},
  ): Promise<StartResult<BatchMessages<C>>> {
    this.#assertOpen("start");
    return startBatch(
      { node: () => this.#node, refs: this.#refs, assertOpen: () => this.#assertOpen("start") },
      children,
      options,
    );
  }

  /**
   * The actors of the hub as JSON carries them, or those that fit a query: what each was started with, as it is now (`update`), and not its
   * state. Those that are to run again count.
   */
  exportChildren(which: ListedBy = "global"): ExportedChild[] {
    const wanted = which === "global" ? undefined : new Set(this.list(which).map(({ id }) => id));
    const { registry } = this.#node;
    const specs = [...registry.ids()].flatMap((id) => registry.current(id)?.spec ?? []);
    const known = new Set(specs.map(({ id }) => id));
    for (const { spec } of registry.orphans.takenOutSoFar()) if (!known.has(spec.id)) specs.push(spec);
    return specs.filter(({ id }) => wanted?.has(id) ?? true).map(exportedChild);
  }

  /**
   * Starts the actors of an export. The list is checked as a whole before any starts: each kind must be among the `actors` of this node. Rejects
   * with `HubConfigError`, which names the entry; what becomes of each start is in the result, as with `startChildren`.
   */
  async importChildren(list: unknown, options: StartChildrenOptions = {}): Promise<StartResult> {
    this.#assertOpen("importChildren");
    return this.startChildren(importedChildren(list, this.#node.settings.actors), options);
  }

  /** Stops an actor. Rejects with its error; else the result is of status `"ok"` and says where it ran, and whether force was needed. */
  async stop(id: ActorId, options: { readonly timeoutMs?: number } = {}): Promise<StopResult> {
    const result = await this.stopChildren([id], options);
    if (result.errors[0] !== undefined) throw result.errors[0].error;
    return result;
  }

  /** Stops a batch: each after its handler in hand, by force at `timeoutMs`. Rejects only for a closed hub. */
  async stopChildren(ids: readonly ActorId[], options: { readonly timeoutMs?: number } = {}): Promise<StopResult> {
    this.#assertOpen("stop");
    const { timeoutMs = this.#node.settings.timings.stopTimeoutMs } = parseOptions("stop", StopOptionsSchema, options);
    const known = [...new Set(checkedList("stop", "ids", ids))].map((id) => checkedId("stop", id));
    const { registry, clock } = this.#node;
    const beside = new Map<ActorId, NodeName[]>();
    const noted = inSlices(clock, known, (some) => {
      for (const id of some) {
        const replicas = registry.replicaRecords.of(id);
        if (replicas.length > 0)
          beside.set(
            id,
            replicas.map(({ place }) => nodeOf(place)),
          );
      }
    });
    if (noted !== undefined) await noted;
    const outcomes = await this.#node.stopper.stop(known, timeoutMs);
    const errors: ChildError[] = [];
    const stopped: StoppedChild[] = [];
    await inSlices(clock, outcomes, (some) => {
      errors.push(...stopErrors(some.filter((one) => !hasStopped(one))));
      for (const { id, node, error } of some.filter(hasStopped)) {
        const nodes = [node, ...(beside.get(id) ?? [])];
        stopped.push({ id, nodes, ...(error === undefined ? {} : { forced: true }) });
      }
    });
    return new StopResult(stopped, errors);
  }

  /** A typed reference, by id, or `{ node }` for an actor with `placement: "node"`. No I/O: the actor's place is looked up when it is used. */
  ref<A extends TypedActor>(actor: A, id: ActorId | OnNode): ActorRef<MessagesOf<A>> {
    checkedActor("hub.ref", actor);
    return this.#refs.refTo(kindOf(actor), idOf("hub.ref", actor, id)) as ActorRef<MessagesOf<A>>;
  }

  /**
   * Resolves when there is room for more, after a `tell` returned false: at this actor; without `ref`, at all that were told too much from here.
   * An actor that has no place (its node is gone, say) is waited for as long as an ask may take.
   */
  async ready(ref?: { readonly id: ActorId }): Promise<void> {
    const ids = ref && [checkedId("ready", ref.id)];
    if (this.#refs.holds) await this.#renaming?.catch(() => {});
    await this.#node.mailer.ready(ids);
  }

  /** Where an actor runs, as this node knows it: local, synchronous. */
  lookup(id: ActorId): RegistryEntry | undefined {
    return this.#node.registry.entry(id);
  }

  /** Who has which kinds of actors, in which version of their states, with which messages: of the members and this node, by name. */
  builds(): NodeBuild[] {
    const { membership, card } = this.#node;
    return [...membership.peers, card].map(({ node, kinds }) => ({ node, kinds })).sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  /** Why an actor is where it is, as this node knows it: its place, its owners, the strategies in use, and all of it in a line. */
  explain(id: ActorId): Explanation {
    return explain(this.#node, checkedId("explain", id));
  }

  /** The actors with a tag. */
  lookupTag(tag: string): RegistryEntry[] {
    return this.#node.registry.find({ tag });
  }

  /**
   * The actors of the whole hub, of this node, or those that fit all that a query names. By an index: a field is indexed when it is first
   * asked for, which looks at every actor once; after that the cost is that of the actors found.
   */
  list(which: ListedBy = "global"): RegistryEntry[] {
    const parsed = parseOptions("list", ListQuery, which, "scope");
    const { registry } = this.#node;
    if (typeof parsed === "object") return registry.find(parsed);
    const all = [...registry.entries()];
    return parsed === "global" ? all : all.filter((entry) => this.#isHere(entry));
  }

  /**
   * The same as `list`, in slices: a turn of the event loop for each 1,000 actors, so that a long list holds nobody up. Each entry is as it is
   * when it is given. An actor that is there all through is given once; one that goes and comes back meanwhile may be given again.
   *
   * ```ts
   * for await (const { id, replicas } of hub.entries()) console.log(id, replicas[0]?.node);
   * ```
   */
  entries(which: ListedBy = "global"): AsyncGenerator<RegistryEntry, void, undefined> {
    const parsed = parseOptions("entries", ListQuery, which, "scope");
    const { registry, clock } = this.#node;
    if (typeof parsed === "string") return entrySlices(registry, clock, (entry) => parsed === "global" || this.#isHere(entry));
    const source = { ids: () => registry.idsFor(parsed), entry: (id: ActorId) => registry.entry(id) };
    return entrySlices(source, clock, (entry) => fits(entry, parsed));
  }

  /**
   * Changes the tag, the metadata, or both, of an actor, wherever it runs: what is absent stays, null takes it away, metadata is replaced as a
   * whole. Moves, restarts, take-overs and standbys keep it. Resolves with the entry when this node can read the change; `childUpdated` tells
   * every node. Rejects with `ActorNotFound`, `Partitioned`, `NotSerializable`, `InvalidMessage` (too large for the network), or
   * `HandoffFailed`: the actor was between two places or lives for `timeoutMs` (default `timings.askTimeoutMs`).
   */
  async update(
    id: ActorId,
    update: SpecUpdate,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<RegistryEntry | undefined> {
    this.#assertOpen("update");
    checkedId("update", id);
    const { updater, settings, registry } = this.#node;
    const { timeoutMs = settings.timings.askTimeoutMs } = parseOptions("update", UpdateOptionsSchema, options);
    const { metadata, ...rest } = parseOptions("update", SpecUpdate, update, "update");
    const owned = metadata == null ? metadata : (copyOf(metadata, "metadata") as typeof metadata);
    await updater.update(id, { ...rest, ...(owned === undefined ? {} : { metadata: owned }) }, timeoutMs);
    return registry.entry(id);
  }

  /** The whole registry as this node knows it. */
  dump(): RegistryEntry[] {
    return this.list("global");
  }

  /** The members' names, sorted. */
  nodes(options: { readonly includeLocal?: boolean } = {}): NodeName[] {
    const others = this.#node.membership.peers.map(({ node }) => node);
    return (options.includeLocal === true ? [...others, this.node] : others).sort();
  }

  /**
   * Answers `collect`, and hears `broadcast`, of this name: of any node of the hub, this one included. Returns what takes the handler off.
   * Throws `HubConfigError` for a name that has a handler. What it throws, its asker gets; what it answers travels as messages do.
   */
  handle<I = unknown, O = unknown>(name: string, handler: NodeHandler<I, O>): () => void {
    return this.#handlers.add(name, handler as NodeHandler);
  }

  /**
   * Tells the handlers of a name on all nodes, or on all others. Resolves with the nodes that it was sent to: each gets it once and in order,
   * unless its link breaks. Nothing comes back; what a handler throws is in the log of its node. Rejects with `NotSerializable` or `InvalidMessage`.
   */
  async broadcast(name: string, input?: unknown, options: { readonly to?: DispatchTo } = {}): Promise<NodeName[]> {
    this.#assertOpen("broadcast");
    return broadcast(this.#node, name, input, parseOptions("broadcast", BroadcastOptionsSchema, options).to);
  }

  /**
   * Asks the handlers of a name on all nodes, or on all others, and waits for them `timeoutMs` at most (default `timings.askTimeoutMs`). Each
   * node is in one list of the result: it answered, is late, is missing (no such handler there, or gone), or failed.
   */
  async collect<V = unknown>(
    name: string,
    input?: unknown,
    options: { readonly to?: DispatchTo; readonly timeoutMs?: number } = {},
  ): Promise<CollectResult<V>> {
    this.#assertOpen("collect");
    const { askTimeoutMs } = this.#node.settings.timings;
    const { to, timeoutMs = askTimeoutMs } = parseOptions("collect", CollectOptionsSchema, options);
    return (await collect(this.#node, name, input, { to, timeoutMs })) as CollectResult<V>;
  }

  isAlive(): boolean {
    return this.#node.local.state === "up";
  }

  /**
   * Resolves when the hub has come to rest: all members agree on who is there, hold the same registry, serve (the quorum is known), and nothing
   * moves or is about to. The readiness probe of a node, and of a rolling restart. Rejects with `AskTimeout`, which says what is not so (without
   * `timeoutMs` it waits as long as that takes), with the signal's reason, or with `HubClosed`.
   */
  async settled(options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#assertOpen("settled");
    await this.#node.settledness.whole(parseOptions("settled", SettledOptionsSchema, options));
  }

  isLocked(): boolean {
    return this.#node.inbox.locked;
  }

  /** True while this node does not serve, since its side of a network cut may not: see `partitionTolerance`. */
  isPartitioned(): boolean {
    return !this.#node.gate.serves;
  }

  /**
   * Tells all members how many nodes the hub has, after some were removed for good. A side that waits for those serves again. Rejects with
   * `HubConfigError` for a strategy that does not count nodes, and for a size that is not a whole number of at least 1.
   */
  async resetClusterSize(size: number): Promise<void> {
    this.#assertOpen("resetClusterSize");
    parseOptions("resetClusterSize", ClusterSizeSchema, { size });
    const { partition, messenger } = this.#node;
    await partition.reset(size);
    messenger.tellAll({ type: "clusterSize", size });
  }

  /** Adds a handler of an event. Throws `HubConfigError` for a name that is no event, and for an `id` that is taken. */
  on<K extends HubEventName>(name: K, handler: HubHandler<K>, options: HandlerOptions = {}): this {
    this.#hooks.on(name, handler, options);
    return this;
  }

  /** Removes a handler, or an alter of `childStart`, by its id or by the function itself. */
  off<K extends HookName>(name: K, handlerOrId: HookOf<K> | string): this {
    this.#hooks.off(name, handlerOrId);
    return this;
  }

  /** The handlers of an event, or the alters of `childStart`, in the order they are called. */
  handlers(name: HookName): HandlerEntry[] {
    return this.#hooks.handlers(name);
  }

  /**
   * Changes the starts made from this node: each function gets the spec and returns the one to start by, with the same `id` and `actor`. A
   * function that throws, or returns anything else, is named in a `log` event and skipped.
   */
  alter(name: "childStart", change: SpecChange, options: HandlerOptions = {}): this {
    this.#hooks.alter(name, change, options);
    return this;
  }

  /**
   * Moves a running actor, with state, mailbox and timers. Rejects with `HandoffFailed` (it goes on where it was, unless the text says else),
   * `ActorStopped` (it ended before it could move), `AskTimeout` (its thread does not answer: the move may still take place),
   * `ActorNotFound` or `NodeDown`.
   */
  async move(id: ActorId, to: { readonly node?: NodeName; readonly thread?: number }): Promise<void> {
    this.#assertOpen("move");
    parseOptions("move", MoveTargetSchema, to, "to");
    checkedId("move", id);
    const node = to.node ?? nodeOf(this.#node.registry.current(id)?.place ?? this.#node.local.main);
    const [outcome] = await this.#node.mover.move([id], node, to.thread, { why: "move" });
    if (outcome?.error !== undefined) throw fromWireError(outcome.error);
  }

  /** Moves many actors to one node in batches; each has its own outcome. */
  async moveAll(ids: readonly ActorId[], to: { readonly node: NodeName; readonly thread?: number }): Promise<MoveResult> {
    this.#assertOpen("move");
    parseOptions("moveAll", MoveAllTargetSchema, to, "to");
    for (const id of checkedList("moveAll", "ids", ids)) checkedId("moveAll", id);
    const { mover, clock } = this.#node;
    const outcomes = await mover.move(ids, to.node, to.thread, { why: "move" });
    const moved: ActorId[] = [];
    const errors: ChildError[] = [];
    await inSlices(clock, outcomes, (some) => {
      for (const { id, error } of some) {
        if (error === undefined) moved.push(id);
        else errors.push({ id, node: this.node, error: fromWireError(error) });
      }
    });
    return new MoveResult(moved, errors);
  }

  /**
   * Hands over all actors of this node and takes no new ones; the node stays a member. Resolves by the deadline, default
   * `timings.shutdownTimeoutMs`, and says of each actor whether it moved, is left here (and why), or was ended by `force`, which names what
   * did not answer as well: that may end later. An actor may put off its move (`lifecycle.moving`) for half of the time.
   */
  async drain(options: DrainOptions = {}): Promise<DrainResult> {
    this.#assertOpen("drain");
    const { timings } = this.#node.settings;
    const { deadlineMs = timings.shutdownTimeoutMs, perSecond, force } = parseOptions("drain", DrainOptionsSchema, options);
    const fromMs = this.#node.clock.now();
    const before = this.list("local").flatMap(({ id, replicas }) => (replicas[0]?.node === this.node ? [id] : []));
    const stay = await this.#coordinator.drain(deadlineMs, { why: "drain", perSecond });
    const { registry, stopper } = this.#node;
    const isElsewhere = (id: ActorId): boolean => nodeOf(registry.current(id)?.place ?? this.#node.local.main) !== this.node;
    const stopped =
      force && stay.size > 0 ? await stopper.stopHere([...stay.keys()], Math.min(forceMs, timings.stopTimeoutMs)) : [];
    const ended = stopped.filter(hasStopped).map(({ id }) => id);
    const moved = before.filter(isElsewhere);
    for (const id of [...ended, ...moved]) stay.delete(id);
    // A stop that failed may still take place.
    for (const { id, error } of stopped) if (error !== undefined && stay.has(id)) stay.set(id, fromWireError(error));
    const errors = [...stay].map(([id, error]) => ({ id, node: this.node, error }));
    const result = new DrainResult(moved, ended, errors);
    const tookMs = this.#node.clock.now() - fromMs;
    this.#node.hooks.emit("drainFinished", { node: this.node, moved, left: result.left, forced: ended, errors, tookMs });
    return result;
  }

  /**
   * Gives the node another name while it is alone in its hub. Its actors go on, with state, mailboxes and timers. Handlers see a node of
   * the new name come, take all actors over, and the old one leave; counters begin anew. Until it resolves, other calls reject with
   * `Locked` and messages wait. Rejects with `HubConfigError` (a wrong name; the node has members), `Locked` (it moves actors just now, or
   * has drained) or `Partitioned` (it does not serve), and with `HandoffFailed` when an actor cannot be taken over: then the node keeps its
   * name.
   */
  async rename(name: string): Promise<void> {
    this.#assertOpen("rename");
    this.#renaming = rename(
      {
        old: this.#coordinator,
        ports: { ...this.#ports, threads: ownThreads(this.#ports.threads) },
        door: this.#door,
        hold: () => this.#refs.hold(),
        adopt: (fresh, door) => {
          this.#coordinator = fresh;
          this.#refs.adopt(this.#node);
          this.#door = door;
          this.#refs.release();
        },
      },
      name,
    ).finally(() => {
      this.#renaming = undefined;
      this.#refs.release();
    });
    await this.#renaming;
    await startNodeActors(this.#node);
  }

  /** Counters of this node: messages by fate, moves, restarts, threads. */
  stats(): HubStats {
    return hubStats(this.#node);
  }

  /**
   * Leaves gracefully: hands over, says goodbye, stops, all within `deadlineMs`, default `timings.shutdownTimeoutMs`. Calls that wait for this
   * node settle with `HubClosed`. Resolves with the actors that ended with it. A second call changes nothing, and resolves with the first.
   */
  async close(options: { readonly deadlineMs?: number } = {}): Promise<CloseResult> {
    const { deadlineMs } = parseOptions("close", CloseOptionsSchema, options);
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Another process of this node's name has taken its place: this hub closes without a leave. */
  #abandon(): void {
    this.#closing ??= this.#end(() => this.#coordinator.abandon());
    this.#closing.catch(() => {});
  }

  #close(deadlineMs = this.#node.settings.timings.shutdownTimeoutMs): Promise<CloseResult> {
    const { clock } = this.#node;
    const endAtMs = clock.now() + deadlineMs;
    return this.#end(async () => {
      const renamed = this.#renaming?.catch(() => {});
      if (renamed !== undefined) await Promise.race([renamed, after(clock, deadlineMs / 2)]);
      return this.#coordinator.close(Math.max(1, endAtMs - clock.now()));
    });
  }

  /** `leave`: the way out of the hub; resolves with the actors that ended. */
  async #end(leave: () => Promise<ActorId[]>): Promise<CloseResult> {
    try {
      return { ended: await leave() };
    } finally {
      this.storage.close();
      await this.#endPorts();
    }
  }

  /** Ends the ports of the hub, which outlive each of its coordinators. */
  async #endPorts(): Promise<void> {
    this.#ports.strategies?.close();
    await this.#ports.threads.close();
  }

  #isHere({ replicas }: RegistryEntry): boolean {
    return replicas.some(({ node }) => node === this.node);
  }

  #assertOpen(what: string): void {
    if (this.#renaming !== undefined)
      throw new Locked(`${what}: node ${this.node} is taking another name: try again when rename has resolved`, {
        node: this.node,
      });
    if (this.#closing !== undefined || this.#node.local.state !== "up")
      throw new HubClosed(`${what}: the hub ${this.#id} is closed on node ${this.node}`);
  }
}
