import { fromWireError, type HubCall, type ToMainFrame, type ToThreadFrame } from "@process-hub/protocol";

/**
 * The calls of this thread's actors to their hub, which the main thread answers.
 * Without the numbers of the calls an answer would find no one who waits for it.
 */
export class HubCalls {
  readonly #send: (frame: ToMainFrame) => void;
  readonly #calls = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  #last = 0;

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  /** Resolves with the answer; rejects with its error. */
  ask(asks: HubCall): Promise<unknown> {
    const call = ++this.#last;
    this.#send({ type: "hubCall", call, asks });
    return new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }));
  }

  /** The answer to one of them. */
  done({ call, value, error }: Extract<ToThreadFrame, { type: "hubAnswer" }>): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(fromWireError(error));
  }
}
