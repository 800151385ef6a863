/*
 * Sends changes of records to the members, directly or through others, as the synchronisation strategy says.
 * Without it a strategy would have to make sure itself that every member gets each batch, once.
 */
import type { ChangeBatch, NodeMessage, NodeName, Random } from "@process-hub/protocol";
import type { SpreadRequest, StrategyClient } from "@process-hub/strategies";
import { runs } from "./runs.js";

/** What spreading sends by. */
export interface SpreadingPorts {
  readonly self: NodeName;
  readonly random: Random;
  /** The channel to the strategy: to whom a batch goes at once. */
  readonly spread: Pick<StrategyClient<"synchronization">, "ask">;
  readonly peers: () => readonly NodeName[];
  readonly send: (to: NodeName, message: NodeMessage) => void;
  /** The most bytes that the records, or changes, of one message may take; `Infinity` when there is no limit. */
  readonly maxBytes: number;
}

/** The most records, or changes, of one message. */
export const partSize = 500;
/** A made-up set of peers, large enough to see whether a strategy sends to all peers itself. */
const crowd = Array.from({ length: 64 }, (_, i) => `peer-${i}`);

/**
 * Sends batches on their way. The strategy names the members that get a batch at once. The others are shared among the named ones, which
 * pass the batch on by the same rule. So while no member is lost, a batch reaches each member once, whatever the strategy.
 */
export class Spreading {
  readonly #ports: SpreadingPorts;
  #direct = false;
  /** True when this node sends its changes, and those it passes on, to each member directly. */
  leaving = false;

  constructor(ports: SpreadingPorts) {
    this.#ports = ports;
    this.#spread({ self: ports.self, peers: crowd, heard: [], seed: 0 }, (to) => {
      this.#direct = to.length === crowd.length;
    });
  }

  /** True when authors send to all members themselves: then batches of one author arrive in order. */
  get direct(): boolean {
    return this.#direct;
  }

  /** A batch begins its way here. */
  begin(batch: ChangeBatch): void {
    this.#pass(batch, this.#ports.peers(), []);
  }

  /** Passes another node's batch on to those of `onward` that are members here; its author hears of the rest. */
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

  /** Sends a batch towards `members`; `heard`: the nodes that have it already. */
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

  /** When the strategy fails, all peers get the batch from here. */
  #spread(request: SpreadRequest, then: (to: readonly NodeName[]) => void): void {
    this.#ports.spread.ask(
      { type: "spread", ...request },
      ({ to }) => then(to),
      () => then(request.peers),
    );
  }
}
