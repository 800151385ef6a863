import { type ChildSpec, fromWireError, type ToMainFrame, type ToThreadFrame } from "@process-hub/protocol";

type Failed = Extract<ToThreadFrame, { type: "startedChildren" }>["failed"];

/**
 * The starts that the actors of a thread wait for: the main thread has them done, wherever the ring places them.
 * Without the numbers of the calls an answer would find no one who waits for it.
 */
export class ChildStarts {
  readonly #send: (frame: ToMainFrame) => void;
  readonly #calls = new Map<number, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  readonly #batches = new Map<number, (failed: Failed) => void>();
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

  /** Starts many in one go; one error each, undefined for those that have started. Never rejects. */
  startAll(specs: readonly ChildSpec[]): Promise<(Error | undefined)[]> {
    if (specs.length === 0) return Promise.resolve([]);
    const call = ++this.#last;
    this.#send({ type: "startChildren", call, specs: [...specs] });
    return new Promise((resolve) =>
      this.#batches.set(call, (failed) => {
        const errors = new Map(failed.map(({ index, error }) => [index, fromWireError(error)]));
        resolve(specs.map((_, index) => errors.get(index)));
      }),
    );
  }

  /** The answer to one of them. */
  done(answer: Extract<ToThreadFrame, { type: "startedChild" | "startedChildren" }>): void {
    if (answer.type === "startedChildren") {
      const done = this.#batches.get(answer.call);
      this.#batches.delete(answer.call);
      done?.(answer.failed);
      return;
    }
    const { call, error } = answer;
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(fromWireError(error));
  }
}
