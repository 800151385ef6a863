import { connect, createServer, type Socket } from "node:net";
import { SenderFilter } from "./sender-filter.js";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** The way of one process to the server, and what can be done to it: nothing passes, or nothing of some nodes. */
export class Wire {
  readonly #door = createServer((client) => this.#join(client));
  readonly #pairs = new Set<Pair>();
  readonly #deafTo = new Set<string>();
  #severed = false;
  /** How often its process has connected. */
  connections = 0;
  /** Where the server is: a change counts from the next connection on. */
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

  /** What the process connects to. */
  get url(): string {
    const address = this.#door.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "closed";
  }

  /** What these nodes say no longer arrives. */
  deafen(nodes: Iterable<string>): void {
    for (const node of nodes) this.#deafTo.add(node);
  }

  /** As by a pulled cable: bytes stop both ways, and nobody is told. */
  sever(): void {
    this.#severed = true;
    for (const pair of this.#pairs) for (const socket of [pair.client, pair.server]) socket.pause();
  }

  /** All passes again, that which waited first. */
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
      // Of a socket that is paused the end is not heard: a wire that is cut does not tell it.
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
