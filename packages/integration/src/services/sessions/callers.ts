/*
 * Callers of the sessions, at sockets of their own: they read answers, ask how far these are, and hang up.
 * Without it nobody would see how long a caller waits.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

const sent = (url: string, method: "GET" | "POST", body = ""): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request(url, { method, agent }, resolve).on("error", reject).end(body);
  });

/** Reads one answer. */
export class Caller {
  /** What it has read. */
  read = "";
  /** The status of its response; 0 before that comes. */
  code = 0;
  /** Resolves when the answer is whole, or was given up. */
  readonly ended: Promise<void>;
  #response: IncomingMessage | undefined;

  constructor(service: string, session: string, user: string, prompt: string) {
    this.ended = this.#reads(sent(`${service}/${session}?user=${user}`, "POST", prompt));
  }

  /** Closes its connection. Returns when, in ms since the epoch. */
  hangUp(): number {
    const atMs = Date.now();
    this.#response?.destroy();
    return atMs;
  }

  async #reads(response: Promise<IncomingMessage>): Promise<void> {
    this.#response = await response;
    this.code = this.#response.statusCode ?? 0;
    try {
      for await (const some of this.#response.setEncoding("utf8")) this.read += some;
    } catch (error) {
      if (!this.#response.destroyed) throw error;
    }
  }
}

/** Asks a session how far it is. Resolves with how long the session took, as the service says, and how long all of it took here. */
export async function statusOf(service: string, session: string): Promise<{ readonly askMs: number; readonly tookMs: number }> {
  const fromMs = performance.now();
  const response = await sent(`${service}/${session}`, "GET");
  JSON.parse(await text(response));
  const askMs = Number(/ask;dur=(.+)/.exec(String(response.headers["server-timing"]))?.[1]);
  return { askMs, tookMs: performance.now() - fromMs };
}

/** The answers that the model saw cut off: when, by the first word of the prompt. */
export async function cutsAt(model: string): Promise<Readonly<Record<string, number>>> {
  return JSON.parse(await text(await sent(model, "GET"))) as Record<string, number>;
}
