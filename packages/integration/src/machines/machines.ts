/*
 * A cluster of real processes at a real nats-server, with verbs for its faults.
 * Without it kills, freezes and cuts would be tested only in simulation.
 */
import { until } from "@process-hub/protocol/testing";
import { NatsServer } from "../fixtures/nats-server.js";
import { Machine } from "./machine.js";
import type { NodeOptions } from "./node-process.js";
import { Wire } from "./wire.js";

/** The options of all nodes. */
type Common = Omit<NodeOptions, "hub" | "node" | "servers">;

interface Member {
  readonly machine: Machine;
  readonly wire: Wire;
}

/** A cluster of real processes at a real server, each over a wire of its own. Disposing of it ends all processes. */
export class Machines {
  readonly #options: Common;
  readonly #members = new Map<string, Member>();
  #server: NatsServer;

  private constructor(server: NatsServer, options: Common) {
    this.#server = server;
    this.#options = options;
  }

  /** A cluster of `count` nodes, named n0, n1, ..., that see each other. `config` is the text of the server's configuration file. */
  static async start(count: number, options: Common = {}, config = ""): Promise<Machines> {
    const machines = new Machines(await NatsServer.start(config), options);
    try {
      await Promise.all(Array.from({ length: count }, (_, i) => machines.join(`n${i}`)));
      await machines.together();
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The names of the nodes with a process, sorted. */
  get names(): string[] {
    return [...this.#members.keys()].sort();
  }

  /** Where the server listens. */
  get url(): string {
    return this.#server.url;
  }

  /** The server's log so far. */
  get serverLog(): string {
    return this.#server.log;
  }

  /** The calls of a node. */
  on(name: string): Machine["does"] {
    return this.#member(name).machine.does;
  }

  /** How often the process of a node has connected to the server. */
  connections(name: string): number {
    return this.#member(name).wire.connections;
  }

  /** One more process; resolves when its node serves. `options`: where they differ from those of all nodes. */
  async join(name: string, options: Common = {}): Promise<void> {
    const wire = await Wire.to(this.#server.port);
    try {
      const machine = await Machine.open({ hub: "machines", node: name, servers: wire.url, ...this.#options, ...options });
      this.#members.set(name, { machine, wire });
    } catch (error) {
      await wire.close();
      throw error;
    }
  }

  /** A node leaves in good order, and its process ends by itself. Resolves with the exit code. */
  async stop(name: string): Promise<number | null> {
    const { machine, wire } = this.#member(name);
    await machine.does.close();
    const code = await machine.ended();
    await wire.close();
    this.#members.delete(name);
    return code;
  }

  /** Kills these nodes with SIGKILL, all at once. */
  async kill(...names: string[]): Promise<void> {
    const victims = names.map((name) => this.#member(name));
    for (const name of names) this.#members.delete(name);
    await Promise.all(victims.map(({ machine }) => machine.kill()));
    await Promise.all(victims.map(({ wire }) => wire.close()));
  }

  freeze(name: string): void {
    this.#member(name).machine.freeze();
  }

  thaw(name: string): void {
    this.#member(name).machine.thaw();
  }

  /** Nodes of different groups no longer hear each other. `oneWay`: only those of earlier groups do not hear later ones. */
  cut(groups: readonly (readonly string[])[], { oneWay = false } = {}): void {
    groups.forEach((group, side) => {
      const unheard = groups.filter((_, other) => (oneWay ? other > side : other !== side)).flat();
      for (const name of group) this.#member(name).wire.deafen(unheard);
    });
  }

  /** Pulls a node's cable: it reaches nobody, not even the server, and gets no error. */
  sever(name: string): void {
    this.#member(name).wire.sever();
  }

  /** Mends all wires. */
  heal(): void {
    for (const { wire } of this.#members.values()) wire.mend();
  }

  killServer(): Promise<void> {
    return this.#server.kill();
  }

  /** Stops the server, and starts it again on the same port. */
  async restartServer(): Promise<void> {
    await this.#server.kill();
    await this.#server.up();
  }

  /** Stops the server for good, and starts another in its place. */
  async replaceServer(config = ""): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#server = await NatsServer.start(config);
    for (const { wire } of this.#members.values()) wire.serverPort = this.#server.port;
  }

  /** Resolves when every node sees all others, and nobody else. */
  async together(...names: string[]): Promise<void> {
    const all = names.length > 0 ? names.sort() : this.names;
    await until(`${all} are one cluster`, async () => {
      const seen = await Promise.all(all.map((name) => this.on(name).nodes()));
      return seen.every((nodes) => nodes.join() === all.join()) || seen;
    });
  }

  /** Resolves when all nodes hold the same registry with this many actors. */
  agree(actors: number, among = this.names): Promise<void> {
    return until(`${among} know the same ${actors} actors`, async () => {
      const known = await Promise.all(among.map((name) => this.on(name).registry()));
      const lines = known.map((one) => one.split("\n").filter(Boolean));
      return (new Set(known).size === 1 && lines[0]?.length === actors) || lines.map(({ length }) => length);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill(...this.names);
    await this.#server[Symbol.asyncDispose]();
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`there is no node ${name}; there are ${this.names}`);
    return member;
  }
}
