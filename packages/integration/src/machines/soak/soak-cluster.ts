/*
 * The processes of a soak, what was done to them, and the figures of those that are gone.
 * Without it the counters of a node that left or died would be missing from the sums.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryEvent } from "@process-hub/testkit";
import type { HubStats } from "process-hub";
import { NatsServer } from "../../fixtures/nats-server.js";
import { Machine } from "../machine.js";
import type { ChatterFigures } from "./chatter.js";
import { awayMark } from "./clerk-state.js";
import type { SoakCalls } from "./soak-process.js";
import { HistoryReader, sharedNowMs } from "./written-history.js";

type Fates = HubStats["messages"];
const hub = "soak";

/** A process of the soak. */
export interface SoakMember {
  readonly name: string;
  readonly machine: Machine<SoakCalls>;
  /** Its counters when the round began. */
  before: Fates;
  frozen: boolean;
  /** Its clock was held when it froze. */
  suspended: boolean;
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
    this.#fault(`join ${name}`);
    const member = await this.#start(name);
    this.members.set(name, member);
    return member;
  }

  /** Starts another process of a living member's name. Resolves when it has been refused, and has ended by itself; else rejects. */
  async refuse({ name }: SoakMember): Promise<void> {
    this.#fault(`namesake ${name}`);
    const machine = this.#process();
    const opened = machine.does.open({ hub, node: name, servers: this.#server.url, patient: true });
    const refusal = await opened.then(
      () => "it was let in",
      (error: Error) => error.message,
    );
    if (!/names are unique/.test(refusal)) {
      await machine.kill();
      throw new Error(`a second process of the living node ${name}: ${refusal}`);
    }
    await endedWell(machine, `a namesake of ${name} that was refused`);
  }

  /**
   * Starts another process of a frozen member's name, and thaws the frozen one. Resolves when the new one is the member and the old one has
   * found itself replaced and has ended by itself.
   */
  async replace(old: SoakMember): Promise<{ readonly member: SoakMember; readonly said: ChatterFigures }> {
    const { name, machine } = old;
    this.#fault(`namesake ${name}`);
    const member = await this.#start(name).catch(async (error: unknown) => {
      await this.thaw(old);
      throw error;
    });
    this.members.set(name, member);
    // What lay in its mailboxes is lost with it.
    this.#fault(`crash ${name}`);
    this.#killed.add(machine.pid);
    await this.thaw(old);
    const said = await machine.does.replaced();
    await endedWell(machine, `a namesake of ${name} that was replaced`);
    return { member, said };
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

  /** As `freeze`, and its monotonic clock does not count the time until it is thawed, as when its machine is suspended. */
  async suspend(member: SoakMember): Promise<void> {
    member.frozen = true;
    member.suspended = true;
    await member.machine.does.hold();
    this.#fault(`suspend ${member.name}`);
    this.freeze(member);
  }

  async thaw(member: SoakMember): Promise<void> {
    if (!member.frozen) return;
    this.#fault(`thaw ${member.name}`);
    member.frozen = false;
    member.machine.thaw();
    const { suspended } = member;
    member.suspended = false;
    if (suspended) await member.machine.does.release();
  }

  /** From here on no actor can begin, until `storeIsBack`. */
  storeIsAway(): void {
    this.#fault("the store is away");
    writeFileSync(awayMark(this.folder), "");
  }

  storeIsBack(): void {
    this.#fault("the store is back");
    rmSync(awayMark(this.folder), { force: true });
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

  #process(): Machine<SoakCalls> {
    return new Machine<SoakCalls>("soak/soak-process.js", { SOAK_FOLDER: this.folder });
  }

  async #start(name: string): Promise<SoakMember> {
    const machine = this.#process();
    try {
      await machine.does.open({ hub, node: name, servers: this.#server.url, patient: false });
    } catch (error) {
      await machine.kill();
      throw error;
    }
    return { name, machine, before: nothing, frozen: false, suspended: false };
  }

  #fault(what: string): void {
    this.faults.push({ kind: "fault", atMs: sharedNowMs(), what });
  }
}

async function endedWell(machine: Machine<SoakCalls>, what: string): Promise<void> {
  const code = await machine.ended();
  if (code !== 0) throw new Error(`${what} ended with ${code}, not with 0`);
}
