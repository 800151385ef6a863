/*
 * The redundancy strategies that the actors of a node go by, each asked over a channel of its own: the hub's, and those of single kinds.
 * Without it all replicas would be planned by one strategy, or each plan would have to find out whom to ask.
 */
import type { StrategyPort } from "@process-hub/protocol";
import type { StrategyClient } from "@process-hub/strategies";

/** A strategy as it is given: its port, whether passive replicas receive the states of their actors, and whether what these send waits for that. */
export interface GivenRedundancy {
  readonly standby: boolean;
  readonly acknowledged: boolean;
  readonly strategy: StrategyPort;
}

/** One strategy, and how many replicas it wanted last. */
export interface RedundancyChannel {
  readonly standby: boolean;
  readonly acknowledged: boolean;
  readonly client: StrategyClient<"redundancy">;
  size: number;
}

/** The strategies by kind. */
export class RedundancyChannels {
  readonly #hubs: RedundancyChannel;
  readonly #own: ReadonlyMap<string, RedundancyChannel>;

  constructor(
    hubs: GivenRedundancy,
    own: ReadonlyMap<string, GivenRedundancy>,
    clientOf: (port: StrategyPort) => StrategyClient<"redundancy">,
  ) {
    const opened = ({ standby, acknowledged, strategy }: GivenRedundancy): RedundancyChannel => ({
      standby,
      acknowledged,
      client: clientOf(strategy),
      size: 1,
    });
    this.#hubs = opened(hubs);
    this.#own = new Map([...own].map(([actor, given]) => [actor, opened(given)]));
  }

  /** The one that goes for actors of a kind. */
  of(actor: string): RedundancyChannel {
    return this.#own.get(actor) ?? this.#hubs;
  }

  /** All of them, the hub's first. */
  get all(): RedundancyChannel[] {
    return [this.#hubs, ...this.#own.values()];
  }

  /** True where passive replicas of some kind receive the states of their actors. */
  get anyStandby(): boolean {
    return this.all.some(({ standby }) => standby);
  }

  /** How many standbys there are to be at most: of an actor, and of one of each kind with a strategy of its own. */
  get most(): { readonly most: number; readonly kinds?: { readonly actor: string; readonly most: number }[] } {
    const kinds = [...this.#own].map(([actor, { size }]) => ({ actor, most: size - 1 }));
    return { most: this.#hubs.size - 1, ...(kinds.length > 0 ? { kinds } : {}) };
  }

  close(): void {
    for (const { client } of this.all) client.close();
  }
}
