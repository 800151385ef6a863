/*
 * The main-thread actor of one node: starts its parts in order, and ends them in reverse.
 * Without the order a node would take actors before it knows where they run, or leave while it still holds messages.
 */
import { type ActorId, after, HubClosed } from "@process-hub/protocol";
import type { DrainTerms } from "../lifecycle/draining.js";
import type { CoordinatorPorts } from "./coordinator-ports.js";
import { Leaving } from "./leaving.js";
import type { NodeDoor } from "./node-door.js";
import { NodeParts } from "./node-parts.js";
import type { Parts } from "./parts.js";

/** The share of a close's time that is for the actors and the members; the rest is for the transport and the threads. */
const leaveShare = 0.85;
/** The longest that a link is waited for to be drained, or a thread to end. */
const maxStepMs = 1_000;

/** One running node: it owns the parts, and starts and closes them. */
export class Coordinator {
  readonly #parts: Parts;
  readonly #threads: CoordinatorPorts["threads"];
  readonly #isPrivate: boolean;

  constructor(ports: CoordinatorPorts) {
    this.#parts = new NodeParts(ports);
    this.#threads = ports.threads;
    this.#isPrivate = ports.transport.isPrivate === true;
  }

  /** What the hub may see and use of this node. */
  get door(): NodeDoor {
    return this.#parts;
  }

  /** Starts the threads, joins the hub, learns the registry. Rejects with the cause; then nothing is left running. */
  async start(): Promise<void> {
    const { settings, clock, group, arbitration, membership, sync, viewChanges, local, recovery, loads, probation } = this.#parts;
    const { timings, synchronization } = settings;
    try {
      await group.start();
      await arbitration.open();
      await membership.join();
      probation.joined();
      this.#warnOfOpenDoor();
      await Promise.race([sync.complete(), after(clock, timings.handoffTimeoutMs)]);
    } catch (error) {
      await this.#shutDown(3 * maxStepMs);
      throw error;
    }
    if (this.#parts.local.state !== "starting")
      throw new HubClosed(`node ${local.name}: another process has taken its place while it started`, { node: local.name });
    viewChanges.look();
    local.state = "up";
    this.#parts.nodeMessages.open();
    recovery.adoptOrphans();
    loads?.start();
    const repairEveryMs = timings.syncIntervalMs ?? synchronization.repairEveryMs;
    const repair = (): void => {
      if (local.state !== "up") return;
      sync.sendDigests();
      clock.setTimeout(repair, repairEveryMs);
    };
    clock.setTimeout(repair, repairEveryMs);
  }

  #warnOfOpenDoor(): void {
    const { hooks, settings } = this.#parts;
    if (settings.secret.length > 0 || this.#isPrivate) return;
    hooks.log("warn", "no `secret` is set: whoever may publish on the transport can join the hub, and speak as any of its nodes");
  }

  /** Hands over all actors; this node takes no new ones. Resolves by the deadline, with the errors of those that stay. */
  async drain(deadlineMs: number, terms: DrainTerms = {}): Promise<Map<ActorId, Error>> {
    const { draining, clock } = this.#parts;
    const untilMs = clock.now() + deadlineMs;
    this.takesActors(false);
    await draining.together(untilMs);
    const errorsOfThoseHere = await draining.handOver(untilMs, undefined, terms);
    return errorsOfThoseHere();
  }

  /** Sets whether this node takes actors, and tells the members; a draining node takes none. */
  takesActors(takes: boolean): void {
    const { local, viewChanges } = this.#parts;
    local.draining = !takes;
    viewChanges.announce();
  }

  /** Drains, stops the remaining actors, leaves, and ends the threads, by the deadline. Resolves with the actors that ended with it. */
  async close(
    deadlineMs = this.#parts.settings.timings.shutdownTimeoutMs,
    reason: "close" | "rename" = "close",
  ): Promise<ActorId[]> {
    const { local, clock, hooks } = this.#parts;
    if (local.state === "closing" || local.state === "closed") return [];
    const wasUp = local.state === "up";
    local.state = "closing";
    const endAtMs = clock.now() + deadlineMs;
    const leaveMs = deadlineMs * leaveShare;
    if (wasUp) hooks.emit("coordinatorStopping", { node: local.name, reason });
    const leaving = new Leaving(this.#parts);
    const left = this.#leave(leaving, clock.now() + leaveMs).catch((error: unknown) => {
      hooks.log("error", `node ${local.name} did not leave in good order: ${String(error)}`, error);
    });
    await Promise.race([left, after(clock, leaveMs)]);
    await Promise.race([leaving.end(), after(clock, (endAtMs - clock.now()) / 2)]);
    await this.#shutDown(endAtMs - clock.now());
    return leaving.ended();
  }

  /** Ends at once, and hands nothing over: another life of this node has taken its place. Resolves with the actors that ended with it. */
  async abandon(): Promise<ActorId[]> {
    const { local, registry, hooks } = this.#parts;
    if (local.state === "up") hooks.emit("coordinatorStopping", { node: local.name, reason: "replaced" });
    const running = registry.recordsOf(local.name).filter(({ state }) => state === "running");
    await this.#shutDown(3 * maxStepMs);
    return running.map(({ spec }) => spec.id);
  }

  async #leave(leaving: Leaving, untilMs: number): Promise<void> {
    this.takesActors(false);
    await this.#parts.arbitration.close();
    await leaving.run(untilMs);
  }

  /** The way out of the hub, up to the goodbye. */
  leave(deadlineMs: number): Promise<void> {
    return new Leaving(this.#parts).run(this.#parts.clock.now() + deadlineMs);
  }

  /** Takes the place of another node of this hub under another name: see `Partition.succeed`. */
  succeed(old: Coordinator): Promise<void> {
    return this.#parts.partition.succeed(old.#parts.partition);
  }

  /** The node whose place this one took, or was to take, is gone. */
  parted(): void {
    this.#parts.partition.parted();
  }

  /** Ends the parts; the transport and the threads are waited for at most that long. */
  async #shutDown(withinMs: number): Promise<void> {
    const { local, clock, nodeMessages, loads, requests, replicas, restarts, jobs, inbox, replacement, arbitration } =
      this.#parts;
    const { membership, group, mailer, threadDeaths, opening, probation, awaitedStarts, hearing } = this.#parts;
    const stepMs = Math.max(0, Math.min(maxStepMs, withinMs / 3));
    local.state = "closed";
    nodeMessages.open();
    loads?.stop();
    requests.close();
    opening.close();
    awaitedStarts.close();
    probation.close();
    replicas.close();
    restarts.close();
    jobs.close();
    inbox.close();
    replacement.close();
    const parted = arbitration.close().then(() => membership.leave(stepMs));
    await Promise.race([parted, after(clock, stepMs * 1.5)]);
    await threadDeaths.endBlocked(stepMs / 2);
    await group.stop((stepMs * 3) / 4);
    hearing.close();
    mailer.close();
    await this.#threads.close();
  }
}
