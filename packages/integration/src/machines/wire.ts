/*
 * The connection of one process to the server, which a test can filter or cut.
 * Without it a node could not be cut off from some others alone.
 */
import { connect, createServer, type Socket } from "node:net";
import { SenderFilter } from "./sender-filter.js";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** The connection of one process to the server. It can be cut, or made deaf to some nodes. */
export class Wire {
  readonly #door = createServer((client) => this.#join(client));
  readonly #pairs = new Set<Pair>();
  readonly #deafTo = new Set<string>();
  #severed = false;
  /** How often its process has connected. */
  connections = 0;
  /** The port of the server; a change takes effect at the next connection. */
  serverPort: number;

  private constructor(serverPort: number) {
    this.serverPort = serverPort;
  }

  /** A wire to the server on a loopback port. */
  static async to(serverPort: number): Promise<Wire> {
    const wire = new Wire(serverPort);
    await new Promise<void>((resolve) => wire.#door.listen(0, "127.0.0.1", resolve));
    return wire;
  }

  /** The address for the process. */
  get url(): string {
    const address = this.#door.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "closed";
  }

  /** Drops the messages of these nodes from now on. */
  deafen(nodes: Iterable<string>): void {
    for (const node of nodes) this.#deafTo.add(node);
  }

  /** Pulls the cable: bytes stop both ways, and no connection is closed. */
  sever(): void {
    this.#severed = true;
    for (const pair of this.#pairs) for (const socket of [pair.client, pair.server]) socket.pause();
  }

  /** Lets all bytes pass again, the waiting ones first. */
  mend(): void {
    this.#severed = false;
    this.#deafTo.clear();
    for (const pair of this.#pairs) for (const socket of [pair.client, pair.server]) socket.resume();
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
    await new Promise((resolve) => this.#door.close(resolve));
  }

  #join(client: Socket): void {
    this.connections++;
    const server = connect(this.serverPort, "127.0.0.1");
    const pair = { client, server };
    this.#pairs.add(pair);
    const filter = new SenderFilter(this.#deafTo);
    const relay = (from: Socket, to: Socket, passed: (bytes: Buffer) => Buffer[]): void => {
      from.on("data", (bytes) => {
        const room = passed(Buffer.from(bytes)).map((some) => to.write(some));
        if (!room.includes(false)) return;
        from.pause();
        to.once("drain", () => !this.#severed && from.resume());
      });
      // A paused socket reports no end, so a cut wire does not pass the end on.
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
      from.on("error", () => {});
    };
    relay(client, server, (bytes) => [bytes]);
    relay(server, client, (bytes) => filter.pass(bytes));
    if (this.#severed) for (const socket of [client, server]) socket.pause();
  }
}
