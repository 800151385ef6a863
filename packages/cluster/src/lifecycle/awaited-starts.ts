/*
 * Follows the starts that wait for a node, for those on this node who asked for them.
 * Without it a start that waits would be answered when it begins to wait, and its caller could not tell when the actor runs.
 */
import { type ActorId, HubClosed, StartFailed, type StartOutcome, toWireError } from "@process-hub/protocol";
import type { Registry } from "../registry/registry.js";

/** What is known of the actors. */
export interface AwaitedStartsPorts {
  readonly registry: Pick<Registry, "current"> & { readonly orphans: Pick<Registry["orphans"], "has"> };
}

/** The starts that were asked for here, and wait. */
export class AwaitedStarts {
  readonly #ports: AwaitedStartsPorts;
  readonly #awaited = new Map<ActorId, ((outcome: StartOutcome) => void)[]>();

  constructor(ports: AwaitedStartsPorts) {
    this.#ports = ports;
  }

  /** Resolves when the actor runs, or has been stopped, or this node closes. */
  follow(id: ActorId): Promise<StartOutcome> {
    return new Promise((resolve) => {
      this.#awaited.set(id, [...(this.#awaited.get(id) ?? []), resolve]);
      this.look(id);
    });
  }

  /** A record of the actor has changed. */
  look(id: ActorId): void {
    if (!this.#awaited.has(id)) return;
    const { registry } = this.#ports;
    const record = registry.current(id);
    if (record?.state === "running") {
      const { place, epoch } = record;
      this.#end(id, { id, placement: { id, place, epoch, mode: "active" } });
    } else if (record === undefined && !registry.orphans.has(id)) {
      const text = `actor ${id} was stopped before a node could run it`;
      this.#end(id, { id, error: toWireError(new StartFailed(text, { id })) });
    }
  }

  close(): void {
    for (const id of [...this.#awaited.keys()]) {
      const error = new HubClosed(`the hub was closed while actor ${id} waited for a node that can run it`);
      this.#end(id, { id, error: toWireError(error) });
    }
  }

  #end(id: ActorId, outcome: StartOutcome): void {
    const waiting = this.#awaited.get(id) ?? [];
    this.#awaited.delete(id);
    for (const resolve of waiting) resolve(outcome);
  }
}
