/*
 * The process of one node, seen from the program that measures turns.
 * Without it the measurement would have to know how calls travel.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromNode, ToNode, TurnCalls } from "./turn-calls.js";

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A datagram of a node; `to` absent: to all others. */
export interface Datagram {
  readonly from: string;
  readonly to: string | undefined;
  readonly bytes: Uint8Array;
}

/** A node in a process of its own. */
export class TurnProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #open = new Map<number, Call>();
  #calls = 0;

  constructor(name: string, datagram: (datagram: Datagram) => void) {
    this.name = name;
    const program = fileURLToPath(new URL("./turn-node.js", import.meta.url));
    this.#child = fork(program, [name], { serialization: "advanced" });
    this.#child.on("message", (message: FromNode) => {
      if (message.type === "datagram") datagram({ from: name, to: message.to, bytes: message.bytes });
      else this.#answered(message);
    });
    this.#child.once("exit", () => {
      for (const { reject } of this.#open.values()) reject(new Error(`the process of node ${name} has ended`));
      this.#open.clear();
    });
  }

  /** True until it has ended, or was killed. */
  get isAlive(): boolean {
    return this.#child.connected;
  }

  #answered({ call, result, error }: Extract<FromNode, { type: "answer" }>): void {
    const open = this.#open.get(call);
    this.#open.delete(call);
    if (error === undefined) open?.resolve(result);
    else open?.reject(new Error(`${this.name}: ${error}`));
  }

  call<N extends keyof TurnCalls>(name: N, ...args: Parameters<TurnCalls[N]>): ReturnType<TurnCalls[N]> {
    const call = ++this.#calls;
    const answer = new Promise<unknown>((resolve, reject) => this.#open.set(call, { resolve, reject }));
    this.#say({ type: "call", call, name, args });
    return answer as ReturnType<TurnCalls[N]>;
  }

  deliver(from: string, bytes: Uint8Array): void {
    this.#say({ type: "datagram", from, bytes });
  }

  #say(message: ToNode): void {
    // One that has just ended takes nothing more.
    if (this.isAlive) this.#child.send(message, () => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Lets the process end by itself. */
  release(): Promise<void> {
    if (!this.isAlive) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.disconnect();
    });
  }
}
