/*
 * The faults that the soak does to its processes, by name, each with its end.
 * Without it a soak would be load and moves alone.
 */
import type { Random } from "@process-hub/protocol";
import type { ChatterFigures } from "./chatter.js";
import type { SoakCluster, SoakMember } from "./soak-cluster.js";

/**
 * The kinds of faults: SIGKILL; SIGSTOP for a while; SIGSTOP of a process whose monotonic clock does not count that time, as when its machine
 * is suspended; a join, or a leave in good order; a second process of a node's name, while the first is alive or stands still; and, while
 * nodes die and handlers throw, starts that fail.
 */
export const soakFaults = ["kill", "freeze", "suspend", "membership", "namesake", "starts"] as const;

/** A kind of fault. */
export type SoakFault = (typeof soakFaults)[number];

/** How often each was done. */
export interface FaultFigures {
  kills: number;
  freezes: number;
  suspends: number;
  joins: number;
  leaves: number;
  /** Second processes of a name that were refused, and those that took the place of a frozen one. */
  refusedNamesakes: number;
  replacedNodes: number;
  /** How often starts failed for a while. */
  storeLosses: number;
}

/** What the faults need of the soak that does them. */
export interface FaultPorts {
  readonly cluster: SoakCluster;
  readonly random: Random;
  readonly figures: FaultFigures;
  /** The ids of this round's actors. */
  readonly ids: () => readonly string[];
  /** Follows work that must end before the round does. */
  readonly begin: (work: Promise<void>) => void;
  /** A new process is a member: it talks. */
  readonly joined: (member: SoakMember) => Promise<void>;
  /** The last figures of a process that ended. */
  readonly heard: (said: ChatterFigures) => void;
}

const nodesAtMost = 5;
const nodesAtLeast = 3;

/** Does faults to the processes of a soak. */
export class SoakFaults {
  readonly #ports: FaultPorts;
  /** Members whose namesake is being refused: nothing happens to them meanwhile. */
  readonly #spared = new Set<SoakMember>();
  /** One node joins or leaves at a time: more would only show what an overloaded machine does. */
  #changing = false;
  #storeAway = false;

  constructor(ports: FaultPorts) {
    this.#ports = ports;
  }

  /** Does one fault of this kind, where the cluster has room for it. Resolves when it has begun. */
  async strike(kind: SoakFault): Promise<void> {
    const { cluster, random, figures, begin } = this.#ports;
    const some = cluster.awake.filter((member) => !this.#spared.has(member));
    const victim = some[Math.floor(random.next() * some.length)];
    const enough = victim !== undefined && cluster.awake.length > nodesAtLeast;
    switch (kind) {
      case "kill":
        if (enough) await this.#kill(victim);
        return;
      case "freeze":
      case "suspend":
        if (enough) begin(this.#standsStill(victim, kind === "suspend").then(() => cluster.thaw(victim)));
        return;
      case "membership":
        if (this.#changing) return;
        if (cluster.members.size <= nodesAtMost && random.next() < 0.6) {
          figures.joins++;
          this.#change(cluster.join().then(this.#ports.joined));
        } else if (enough) {
          figures.leaves++;
          this.#change(cluster.leave(victim).then(this.#ports.heard));
        }
        return;
      case "namesake":
        if (this.#changing) return;
        if (enough && random.next() < 0.6) this.#change(this.#replace(victim));
        else if (victim !== undefined) this.#change(this.#refuse(victim));
        return;
      case "starts":
        if (this.#storeAway) return;
        if (enough && random.next() < 0.6) await this.#kill(victim, () => this.#loseStore());
        else await this.#fail(victim);
        return;
      default:
        kind satisfies never;
    }
  }

  async #kill(victim: SoakMember, before = () => {}): Promise<void> {
    before();
    this.#ports.figures.kills++;
    await this.#ports.cluster.kill(victim);
  }

  /** Some actors throw, and cannot begin anew for a while. */
  async #fail(by: SoakMember | undefined): Promise<void> {
    const { random, ids } = this.#ports;
    this.#loseStore();
    await by?.machine.does.fail(ids().filter(() => random.next() < 0.15));
  }

  #loseStore(): void {
    const { cluster, random, figures, begin } = this.#ports;
    figures.storeLosses++;
    this.#storeAway = true;
    cluster.storeIsAway();
    const back = pause(500 + random.next() * 3_500).then(() => {
      cluster.storeIsBack();
      this.#storeAway = false;
    });
    begin(back);
  }

  /** Resolves when it has stood still for a while: for less than its lease, or for longer. */
  async #standsStill(victim: SoakMember, suspended: boolean): Promise<void> {
    const { cluster, random, figures } = this.#ports;
    if (suspended) figures.suspends++;
    else figures.freezes++;
    if (suspended) await cluster.suspend(victim);
    else cluster.freeze(victim);
    await pause(300 + random.next() * 6_000);
  }

  async #replace(victim: SoakMember): Promise<void> {
    const { cluster, random, figures, heard, joined } = this.#ports;
    await this.#standsStill(victim, random.next() < 0.5);
    const { member, said } = await cluster.replace(victim);
    figures.replacedNodes++;
    heard(said);
    await joined(member);
  }

  async #refuse(victim: SoakMember): Promise<void> {
    this.#spared.add(victim);
    await this.#ports.cluster.refuse(victim).finally(() => this.#spared.delete(victim));
    this.#ports.figures.refusedNamesakes++;
  }

  #change(work: Promise<void>): void {
    this.#changing = true;
    this.#ports.begin(
      work.finally(() => {
        this.#changing = false;
      }),
    );
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
