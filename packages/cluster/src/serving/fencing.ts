/*
 * Fences a node that slept past its lease, under a strategy that always serves, until it knows what became of its actors.
 * Without it a thawed node would run actors that others have taken over meanwhile.
 */
import type { Checks, Clock, Epoch, NodeName, PlaceId, RegistryRecord } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";
import type { Membership } from "../membership/membership.js";
import { FreshEpochs } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ServingLease } from "./serving-lease.js";

/** What fencing looks at, and whom it tells. */
export interface FencingPorts {
  readonly checks: Checks;
  readonly node: NodeName;
  readonly lease: Pick<ServingLease, "fenced" | "holds" | "beat">;
  readonly membership: Pick<Membership, "answeredAtMs" | "announce">;
  readonly sync: Pick<RegistrySync, "isComplete">;
  readonly registry: Pick<Registry, "recordsOf" | "freshEpoch"> & { readonly lives: Pick<Registry["lives"], "slept"> };
  readonly log: Log;
  /** True for a thread of this node that lives. */
  readonly lives: (place: PlaceId) => boolean;
  readonly clock: Pick<Clock, "defer">;
  /** Gives actors that run here a new epoch. */
  readonly renumber: (records: readonly RegistryRecord[], epoch: Epoch) => void;
  /** Called when the node serves again. */
  readonly resumed: () => void;
}

/**
 * Keeps a node that slept past its lease from serving until it knows what became of its actors. It acts under a partition strategy that
 * always serves; under a strategy that counts nodes `Partition` does this.
 */
export class Fencing {
  readonly #ports: FencingPorts;
  readonly #epochs: FreshEpochs;
  /** This node lost a member after it had slept past its lease: that member may have declared this node down before. */
  #givenUp = false;

  constructor(ports: FencingPorts) {
    this.#ports = ports;
    this.#epochs = new FreshEpochs(ports);
  }

  /** A member is gone. */
  memberLeft(): void {
    if (this.#ports.lease.holds) return;
    this.#givenUp = true;
    this.#epochs.renew();
  }

  /** A heartbeat was sent. */
  beat(): void {
    const { lease, membership, sync, resumed, log } = this.#ports;
    const wasFenced = lease.fenced;
    const expired = lease.beat({
      answeredAtMs: membership.answeredAtMs,
      synchronised: sync.isComplete,
      ready: () => this.#renumbered(),
    });
    if (expired) {
      this.#ports.checks.mark("fenced");
      this.#ports.registry.lives.slept();
      log(
        "warn",
        "this node did not run for so long that others may think it dead: it serves nothing until they all have answered it",
      );
    }
    if (lease.fenced) membership.announce();
    else if (wasFenced) resumed();
  }

  /** Renumbers the actors of a node that others gave up while it slept: they go on under higher epochs. True when all are renumbered. */
  #renumbered(): boolean {
    const { registry, node } = this.#ports;
    if (!this.#givenUp) return true;
    const running = registry.recordsOf(node).filter(({ state }) => state === "running");
    this.#givenUp = this.#epochs.lacking(running).length > 0 && !this.#epochs.inVain;
    return !this.#givenUp;
  }
}
