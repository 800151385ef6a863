/*
 * The main-thread actor of one node: begins its parts in order, ends them in reverse, and lets the hub use what is there.
 * Without the order a node would take actors before it knows who runs what, or leave with messages in its hands.
 */
import { type ActorId, after } from "@process-hub/protocol";
import type { CoordinatorPorts } from "./coordinator-ports.js";
import { Leaving } from "./leaving.js";
import type { NodeDoor } from "./node-door.js";
import { NodeParts } from "./node-parts.js";
import type { Parts } from "./parts.js";

/** One node at work: owns the registry and the ring, hears its threads and the other coordinators, and leaves the work to its parts. */
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

  /** Starts the threads, joins the hub, learns the registry. Rejects with the cause, and with nothing left running. */
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

  /** Hands over all actors; this node takes no new ones. Resolves with those that could not go. */
  drain(): Promise<Map<ActorId, Error>> {
    this.takesActors(false);
    return this.#parts.redistribution.handOverAll();
  }

  /** Says, and acts by it, whether this node takes actors: one that drains does not. */
  takesActors(takes: boolean): void {
    const { local, viewChanges } = this.#parts;
    local.draining = !takes;
    viewChanges.announce();
  }

  /** Drains, stops what is left, leaves, and ends the threads. Resolves with the actors that ended with it. */
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

  /** The node whose place it took, or was to take, is gone. */
  parted(): void {
    this.#parts.partition.parted();
  }

  async #shutDown(deadlineMs: number): Promise<void> {
    const { local, nodeMessages, loads, requests, replicas, jobs, inbox, replacement, arbitration } = this.#parts;
    const { membership, group, mailer } = this.#parts;
    local.state = "closed";
    nodeMessages.open();
    loads?.stop();
    requests.close();
    replicas.close();
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
