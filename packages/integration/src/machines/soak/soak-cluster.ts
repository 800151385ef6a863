/*
 * The processes of a soak, what was done to them, and the figures of those that are gone.
 * Without it the counters of a node that left or died would be missing from the sums.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryEvent } from "@process-hub/testkit";
import type { HubStats } from "process-hub";
import { NatsServer } from "../../fixtures/nats-server.js";
import { Machine } from "../machine.js";
import type { ChatterFigures } from "./chatter.js";
import type { SoakCalls } from "./soak-process.js";
import { HistoryReader, sharedNowMs } from "./written-history.js";

type Fates = HubStats["messages"];

/** A process of the soak. `before`: its counters when the round began. */
export interface SoakMember {
  readonly name: string;
  readonly machine: Machine<SoakCalls>;
  before: Fates;
  frozen: boolean;
}

const nothing: Fates = { sent: 0, handled: 0, refused: 0, expired: 0, deadLettered: 0 };
const since = (before: Fates, after: Fates): Fates => ({
  sent: after.sent - before.sent,
  handled: after.handled - before.handled,
  refused: after.refused - before.refused,
  expired: after.expired - before.expired,
  deadLettered: after.deadLettered - before.deadLettered,
});

/** The processes of a soak at a real server, the faults done to them, and the figures of those that are gone. */
export class SoakCluster {
  readonly folder = mkdtempSync(join(tmpdir(), "process-hub-soak-"));
  readonly #reader = new HistoryReader(this.folder);
  readonly #server: NatsServer;
  readonly members = new Map<string, SoakMember>();
  readonly faults: HistoryEvent[] = [];
  /** The counts in this round of the processes that left in it. */
  readonly #left: Fates[] = [];
  /** The processes that were killed in this round. */
  readonly #killed = new Set<number>();
  #joined = 0;

  private constructor(server: NatsServer) {
    this.#server = server;
  }

  static async start(): Promise<SoakCluster> {
    return new SoakCluster(await NatsServer.start());
  }

  /** The processes that can be asked. */
  get awake(): SoakMember[] {
    return [...this.members.values()].filter(({ frozen }) => !frozen);
  }

  async join(): Promise<SoakMember> {
    const name = `n${this.#joined++}`;
    const machine = new Machine<SoakCalls>("soak/soak-process.js", { SOAK_FOLDER: this.folder });
    const member: SoakMember = { name, machine, before: nothing, frozen: false };
    this.#fault(`join ${name}`);
    try {
      await machine.does.open({ hub: "soak", node: name, servers: this.#server.url });
    } catch (error) {
      await machine.kill();
      throw error;
    }
    this.members.set(name, member);
    return member;
  }

  /** Closes a node gracefully, in the middle of its work. */
  async leave({ name, machine, before }: SoakMember): Promise<ChatterFigures> {
    this.#fault(`leave ${name}`);
    this.members.delete(name);
    const { stats, said } = await machine.does.close();
    this.#left.push(since(before, stats.messages));
    await machine.ended();
    return said;
  }

  async kill({ name, machine }: SoakMember): Promise<void> {
    this.#fault(`crash ${name}`);
    this.members.delete(name);
    this.#killed.add(machine.pid);
    await machine.kill();
  }

  freeze(member: SoakMember): void {
    this.#fault(`freeze ${member.name}`);
    member.frozen = true;
    member.machine.freeze();
  }

  thaw(member: SoakMember): void {
    if (!member.frozen) return;
    this.#fault(`thaw ${member.name}`);
    member.frozen = false;
    member.machine.thaw();
  }

  /** The counts of every process since the round began, including those that left, at a moment when nothing is under way. */
  async counted(): Promise<Fates[]> {
    const members = [...this.members.values()];
    return [
      ...this.#left,
      ...(await Promise.all(members.map(async ({ machine, before }) => since(before, (await machine.does.stats()).messages)))),
    ];
  }

  /** Ends the round: resolves with all its events by time, and with the counts of killed processes as read from their histories. */
  async endRound(): Promise<{ readonly events: HistoryEvent[]; readonly counted: Fates[] }> {
    const written = this.#reader.take();
    const counted = await this.counted();
    for (const pid of this.#killed) {
      const own = written.filter((one) => one.pid === pid).map(({ event }) => event.kind);
      const count = (kind: HistoryEvent["kind"]): number => own.filter((one) => one === kind).length;
      counted.push({ ...nothing, sent: count("made"), handled: count("handling") });
    }
    const events = [...written.map(({ event }) => event), ...this.faults].sort((a, b) => a.atMs - b.atMs);
    this.faults.length = 0;
    this.#left.length = 0;
    this.#killed.clear();
    for (const member of this.members.values()) member.before = (await member.machine.does.stats()).messages;
    return { events, counted };
  }

  /** Ends all processes. `keep`: the written histories stay. */
  async close(keep: boolean): Promise<void> {
    await Promise.all([...this.members.values()].map(({ machine }) => machine.kill()));
    await this.#server[Symbol.asyncDispose]();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  #fault(what: string): void {
    this.faults.push({ kind: "fault", atMs: sharedNowMs(), what });
  }
}
