import type { Coordinator } from "../node/coordinator.js";
import { FreshEpochs } from "../registry/epochs.js";

/**
 * Keeps a node that slept past its lease from serving until it knows what became of its actors, under a partition strategy that serves
 * whatever happens. Under one that counts nodes `Partition` does.
 */
export class Fencing {
  readonly #coordinator: Coordinator;
  readonly #epochs: FreshEpochs;
  /** This node lost sight of a member when it had slept past its lease: that one may have lost sight of it before. */
  #givenUp = false;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.#epochs = new FreshEpochs(coordinator);
  }

  /** A member is gone. */
  memberLeft(): void {
    const { clock, lease } = this.#coordinator;
    if (clock.now() <= (lease.until[0] ?? 0)) return;
    this.#givenUp = true;
    this.#epochs.renew();
  }

  /** A heartbeat was sent. */
  beat(nowMs: number): void {
    const { lease, membership, sync, recovery, log } = this.#coordinator;
    const wasFenced = lease.fenced;
    const expired = lease.beat({
      nowMs,
      answeredAtMs: membership.answeredAtMs,
      synchronised: sync.isComplete,
      ready: () => this.#renumbered(),
    });
    if (expired)
      log(
        "warn",
        "this node did not run for so long that others may think it dead: it serves nothing until they all have answered it",
      );
    if (lease.fenced) membership.announce();
    else if (wasFenced) recovery.adoptOrphans();
  }

  /** A node that others gave up while it slept serves again under epochs above theirs. */
  #renumbered(): boolean {
    const { registry, node } = this.#coordinator;
    if (!this.#givenUp) return true;
    const running = registry.recordsOf(node).filter(({ state }) => state === "running");
    this.#givenUp = this.#epochs.lacking(running).length > 0 && !this.#epochs.inVain;
    return !this.#givenUp;
  }
}
