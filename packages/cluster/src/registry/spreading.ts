import type { ChangeBatch, NodeMessage, NodeName, Random } from "@process-hub/protocol";
import type { SpreadRequest, StrategyClient } from "@process-hub/strategies";
import { runs } from "./runs.js";

/** What spreading needs. */
export interface SpreadingPorts {
  readonly self: NodeName;
  readonly random: Random;
  /** The channel to the strategy: to whom a batch goes at once. */
  readonly spread: Pick<StrategyClient<"synchronization">, "ask">;
  readonly peers: () => readonly NodeName[];
  readonly send: (to: NodeName, message: NodeMessage) => void;
  /** What the records, or changes, of one message may take; `Infinity` when there is no limit. */
  readonly maxBytes: number;
}

/** Records, or changes, of one message. */
export const partSize = 500;
/** So many peers that a strategy which sends to all of them itself leaves nothing to be passed on. */
const crowd = Array.from({ length: 64 }, (_, i) => `peer-${i}`);

/**
 * Sends changes on their way. The strategy says to whom a batch goes at once; those it leaves out are shared among those it names, who pass
 * the batch on by the same rule. So while nobody is lost, a batch reaches each member once, whatever the strategy.
 */
export class Spreading {
  readonly #ports: SpreadingPorts;
  #direct = false;
  /** What this node says or passes on goes to each member directly. */
  leaving = false;

  constructor(ports: SpreadingPorts) {
    this.#ports = ports;
    this.#spread({ self: ports.self, peers: crowd, heard: [], seed: 0 }, (to) => {
      this.#direct = to.length === crowd.length;
    });
  }

  /** Authors send to all members themselves, in order: what one has sent arrives before what it sends later. */
  get direct(): boolean {
    return this.#direct;
  }

  /** A batch begins its way here. */
  begin(batch: ChangeBatch): void {
    this.#pass(batch, this.#ports.peers(), []);
  }

  /** A batch of another goes on to `onward`, as far as they are members here; its author hears of the others. */
  passOn(batch: ChangeBatch, onward: readonly NodeName[]): void {
    const { self, peers, send } = this.#ports;
    const theirs = new Set(onward);
    const mine = peers().filter((peer) => theirs.has(peer));
    const known = new Set([...mine, self]);
    const unreached = [...theirs].filter((node) => !known.has(node));
    if (unreached.length > 0) send(batch.author, { type: "unreached", nodes: unreached });
    this.#pass(batch, mine, [batch.author, ...peers().filter((peer) => peer !== batch.author && !theirs.has(peer))]);
  }

  /** Each of `to` gets the batch, and its share of the rest to pass it on to. */
  sendTo(to: readonly NodeName[], rest: readonly NodeName[], { author, incarnation, first, changes }: ChangeBatch): void {
    let next = first;
    for (const some of runs(changes, partSize, this.#ports.maxBytes)) {
      const batch = { author, incarnation, first: next, changes: [...some] };
      next += some.length;
      for (const [index, peer] of to.entries()) {
        const onward = rest.filter((_, other) => other % to.length === index);
        this.#ports.send(peer, { type: "changes", batch, onward });
      }
    }
  }

  /** Sends a batch towards `members`; `heard`: who has it besides. */
  #pass(batch: ChangeBatch, members: readonly NodeName[], heard: readonly NodeName[]): void {
    const { self, peers, random } = this.#ports;
    if (members.length === 0) return;
    if (this.leaving) {
      this.sendTo(members, [], batch);
      return;
    }
    const request = { self, peers: peers(), heard, seed: this.#direct ? 0 : Math.floor(random.next() * 2 ** 32) };
    this.#spread(request, (to) => {
      const first = new Set(to);
      const named = members.filter((member) => first.has(member));
      const rest = members.filter((member) => !first.has(member));
      this.sendTo(named, rest, batch);
    });
  }

  /** A strategy that fails keeps nothing back: then all get the batch from here. */
  #spread(request: SpreadRequest, then: (to: readonly NodeName[]) => void): void {
    this.#ports.spread.ask(
      { type: "spread", ...request },
      ({ to }) => then(to),
      () => then(request.peers),
    );
  }
}
