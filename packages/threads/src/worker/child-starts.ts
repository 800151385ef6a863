import { type ChildSpec, fromWireError, type ToMainFrame, type ToThreadFrame } from "@process-hub/protocol";

/**
 * The starts that the actors of a thread wait for: the main thread has them done, wherever the ring places them.
 * Without the numbers of the calls an answer would find no one who waits for it.
 */
export class ChildStarts {
  readonly #send: (frame: ToMainFrame) => void;
  readonly #calls = new Map<number, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  #last = 0;

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  /** Resolves when the actor has started (`get`: or was there); rejects with why it has not. */
  start(spec: ChildSpec, get = false): Promise<void> {
    const call = ++this.#last;
    this.#send({ type: "startChild", call, spec, ...(get ? { get } : {}) });
    return new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }));
  }

  /** The answer to one of them. */
  done({ call, error }: Extract<ToThreadFrame, { type: "startedChild" }>): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(fromWireError(error));
  }
}
