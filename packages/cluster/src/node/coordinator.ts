/*
 * The main-thread actor of one node: starts its parts in order, and ends them in reverse.
 * Without the order a node would take actors before it knows where they run, or leave while it still holds messages.
 */
import { type ActorId, after } from "@process-hub/protocol";
import type { CoordinatorPorts } from "./coordinator-ports.js";
import { Leaving } from "./leaving.js";
import type { NodeDoor } from "./node-door.js";
import { NodeParts } from "./node-parts.js";
import type { Parts } from "./parts.js";

/** One running node: it owns the parts, and starts and closes them. */
export class Coordinator {
  readonly #parts: Parts;
  readonly #threads: CoordinatorPorts["threads"];

  constructor(ports: CoordinatorPorts) {
    this.#parts = new NodeParts(ports);
    this.#threads = ports.threads;
  }

  /** What the hub may see and use of this node. */
  get door(): NodeDoor {
    return this.#parts;
  }

  /** Starts the threads, joins the hub, learns the registry. Rejects with the cause; then nothing is left running. */
  async start(): Promise<void> {
    const { settings, clock, group, arbitration, membership, sync, viewChanges, local, recovery, loads } = this.#parts;
    const { timings, synchronization } = settings;
    try {
      await group.start();
      await arbitration.open();
      await membership.join();
      await Promise.race([sync.complete(), after(clock, timings.handoffTimeoutMs)]);
    } catch (error) {
      await this.#shutDown(0);
      throw error;
    }
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

  /** Hands over all actors; this node takes no new ones. Resolves with the errors of those that stay. */
  drain(): Promise<Map<ActorId, Error>> {
    this.takesActors(false);
    return this.#parts.redistribution.handOverAll();
  }

  /** Sets whether this node takes actors, and tells the members; a draining node takes none. */
  takesActors(takes: boolean): void {
    const { local, viewChanges } = this.#parts;
    local.draining = !takes;
    viewChanges.announce();
  }

  /** Drains, stops the remaining actors, leaves, and ends the threads. Resolves with the actors that ended with it. */
  async close(): Promise<ActorId[]> {
    const { local, settings, clock, hooks, arbitration } = this.#parts;
    if (local.state === "closing" || local.state === "closed") return [];
    const wasUp = local.state === "up";
    local.state = "closing";
    const { shutdownTimeoutMs } = settings.timings;
    const late = after(clock, shutdownTimeoutMs);
    if (wasUp) hooks.emit("coordinatorStopping", { node: local.name });
    const leaving = this.leaving();
    await Promise.race([arbitration.close().then(() => leaving.run()), late]);
    await this.#shutDown(Math.min(1_000, shutdownTimeoutMs));
    return leaving.ended;
  }

  /** The way out of the hub, up to the goodbye. */
  leaving(): Leaving {
    return new Leaving(this.#parts, () => this.drain());
  }

  /** Takes the place of another node of this hub under another name: see `Partition.succeed`. */
  succeed(old: Coordinator): Promise<void> {
    return this.#parts.partition.succeed(old.#parts.partition);
  }

  /** The node whose place this one took, or was to take, is gone. */
  parted(): void {
    this.#parts.partition.parted();
  }

  async #shutDown(deadlineMs: number): Promise<void> {
    const { local, nodeMessages, loads, requests, replicas, restarts, jobs, inbox, replacement, arbitration } = this.#parts;
    const { membership, group, mailer } = this.#parts;
    local.state = "closed";
    nodeMessages.open();
    loads?.stop();
    requests.close();
    replicas.close();
    restarts.close();
    jobs.close();
    inbox.close();
    replacement.close();
    await arbitration.close();
    await membership.leave(deadlineMs);
    await group.stop(deadlineMs);
    mailer.close();
    await this.#threads.close();
  }
}
