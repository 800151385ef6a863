import { Aborts, decode, encode, fromWireError, type ToMainFrame, type ToThreadFrame } from "@process-hub/protocol";

interface Call {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The jobs that the actors of a thread wait for: the main thread has them run.
 * Without it a handler could not have long work done elsewhere, nor give it up.
 */
export class JobCalls {
  readonly #send: (frame: ToMainFrame, bytes: number) => void;
  readonly #calls = new Map<number, Call>();
  readonly #aborts = new Aborts();
  #last = 0;

  constructor(send: (frame: ToMainFrame, bytes: number) => void) {
    this.#send = send;
  }

  /** Resolves with what the job returned; rejects with its error, or at once with the signal's reason. */
  run(module: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const bytes = encode(input, "input");
      const call = ++this.#last;
      const abort = (): void => {
        this.#calls.delete(call);
        this.#send({ type: "jobAbort", call }, 16);
        reject(signal.reason);
      };
      const forget = this.#aborts.add(signal, abort);
      const settle = (): void => {
        forget();
        this.#calls.delete(call);
      };
      this.#calls.set(call, {
        resolve: (output) => {
          settle();
          resolve(output);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#send({ type: "job", call, module, input: bytes }, bytes.byteLength + 128);
    });
  }

  /** The answer to one of them. One that was aborted is not there any more. */
  done({ call, output, error }: Extract<ToThreadFrame, { type: "jobDone" }>): void {
    const waiting = this.#calls.get(call);
    if (error !== undefined) waiting?.reject(fromWireError(error));
    else waiting?.resolve(output === undefined ? undefined : decode(output));
  }
}
