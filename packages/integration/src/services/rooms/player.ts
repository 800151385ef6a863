/*
 * A player of a room: acts, hears, and comes back by another process when its socket closes.
 * Without it nobody would see what a deploy or a death looks like from the other end of a socket.
 */
import { WebSocket } from "ws";

interface Heard {
  readonly seq: number;
  /** Why events up to this number are missing. */
  readonly resync?: string;
  readonly player: string;
  readonly n: number;
}

const retryMs = 50;

/** Plays in one room. What it hears is checked as it comes. */
export class Player {
  readonly room: string;
  readonly name: string;
  /** Why it lost its sockets, by how often. */
  readonly closes: Record<string, number> = {};
  /** What it heard that was not the next event, or not the next action of its player, as text. */
  readonly wrong: string[] = [];
  /** The last action heard of each player. */
  readonly heard = new Map<string, number>();
  /** How many of its actions it has sent, repeated ones aside. */
  played = 0;
  readonly #doors: () => readonly string[];
  #socket: WebSocket | undefined;
  #door: number;
  #seq = 0;
  #heardAtMs = performance.now();
  #longestMs = 0;
  #isOver = false;

  /** `doors`: the addresses of the processes as they are now; `first`: the one that it begins with. */
  constructor(room: string, name: string, doors: () => readonly string[], first: number) {
    this.room = room;
    this.name = name;
    this.#doors = doors;
    this.#door = first;
    this.#connect();
  }

  /** The number of the last event that it heard. */
  get seq(): number {
    return this.#seq;
  }

  /** The longest time without an event since this was asked last, in ms. */
  lap(): number {
    const longestMs = Math.max(this.#longestMs, performance.now() - this.#heardAtMs);
    this.#longestMs = 0;
    return longestMs;
  }

  /** Does something new. Without a socket it is sent when there is one. */
  play(): void {
    this.#send(++this.played);
  }

  leave(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  #connect(): void {
    if (this.#isOver) return;
    const doors = this.#doors();
    const query = new URLSearchParams({ room: this.room, player: this.name, since: String(this.#seq) });
    const socket = new WebSocket(`${doors[this.#door++ % doors.length]}/?${query}`);
    let opened = false;
    socket.on("open", () => {
      opened = true;
      this.#socket = socket;
      // What it has not heard of may have been lost with the socket before; the room knows what it has.
      for (let n = (this.heard.get(this.name) ?? 0) + 1; n <= this.played; n++) this.#send(n);
    });
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Heard | { readonly last: number };
      if (!("last" in message)) this.#hear(message);
      else if (message.last > this.played)
        this.wrong.push(`${this.name} played ${this.played}, and the room has ${message.last}`);
    });
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      const why = `${code} ${reason}`.trim();
      this.closes[why] = (this.closes[why] ?? 0) + 1;
      this.#socket = undefined;
      socket.removeAllListeners("message");
      if (opened) this.#connect();
      else setTimeout(() => this.#connect(), retryMs);
    });
  }

  #send(n: number): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ n, text: `${this.name} plays ${n}` }));
  }

  #hear({ seq, resync, player, n }: Heard): void {
    if (resync !== undefined) {
      this.wrong.push(`${this.name} heard no events up to ${seq}: ${resync}`);
      this.#seq = seq;
      return;
    }
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#heardAtMs);
    this.#heardAtMs = nowMs;
    if (seq !== this.#seq + 1) this.wrong.push(`${this.name} heard event ${seq} after ${this.#seq}`);
    const last = this.heard.get(player) ?? 0;
    if (n !== last + 1) this.wrong.push(`${this.name} heard that ${player} played ${n} after ${last}`);
    this.#seq = seq;
    this.heard.set(player, n);
  }
}
