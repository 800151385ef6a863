/**
 * Asks a strategy over its port, and settles each question once: by the answer, an error, or the deadline.
 * Without it a strategy that hangs or dies would leave the hub waiting, and a wrong answer would be taken for a right one.
 */
import {
  AskTimeout,
  type Clock,
  fromWireError,
  HubClosed,
  InvalidReply,
  type StrategyAnswers,
  type StrategyCalls,
  type StrategyFamily,
  type StrategyPort,
  strategyAnswers,
  type Timer,
} from "@process-hub/protocol";
import { z } from "zod";

type Unnumbered<Call> = Call extends unknown ? Omit<Call, "call"> : never;
/** A question to a family, without its number. */
export type StrategyQuestion<Family extends StrategyFamily> = Unnumbered<StrategyCalls[Family]>;
/** The answer to a question of that type. */
export type AnswerTo<Family extends StrategyFamily, Type> = Extract<StrategyAnswers[Family], { readonly type: Type }>;

/** The ports and settings of a client. */
export interface StrategyClientOptions<Family extends StrategyFamily> {
  readonly family: Family;
  readonly port: StrategyPort;
  readonly clock: Clock;
  /** A question without an answer by then has failed. */
  readonly deadlineMs: number;
  /** Told of a frame that could not be read, or that answers what was not asked. */
  readonly badFrame: (error: Error) => void;
}

interface Asked<Answer> {
  readonly type: string;
  readonly answered: (answer: Answer) => boolean;
  readonly failed: (error: Error) => void;
  timer?: Timer;
  /** Tells its asker; absent until it is known how the question ended. */
  end?: () => void;
}

/**
 * The coordinator's end of a channel to a strategy. Each question ends once, by `answered` or by `failed`, in the order they were asked.
 * Over `memoryPorts()` that is before `ask` returns, so a decision is made within the turn it is asked for.
 */
export class StrategyClient<Family extends StrategyFamily> {
  readonly #options: StrategyClientOptions<Family>;
  readonly #answers: z.ZodType<StrategyAnswers[Family]>;
  /** By number, in the order asked. */
  readonly #open = new Map<number, Asked<StrategyAnswers[Family]>>();
  #calls = 0;
  #closed = false;

  constructor(options: StrategyClientOptions<Family>) {
    this.#options = options;
    this.#answers = strategyAnswers[options.family];
    options.port.onMessage((message) => this.#receive(message));
  }

  /**
   * Asks. `failed` gets what the strategy threw, `InvalidReply` for an answer that cannot be read, `AskTimeout` after the deadline,
   * `ThreadExited` when its thread ended, or `HubClosed`.
   */
  ask<Question extends StrategyQuestion<Family>>(
    question: Question,
    answered: (answer: AnswerTo<Family, Question["type"]>) => void,
    failed: (error: Error) => void,
  ): void {
    if (this.#closed) {
      failed(this.#closedError());
      return;
    }
    const call = ++this.#calls;
    const deliver = (answer: StrategyAnswers[Family]): boolean => {
      if (!answers<Family, Question["type"]>(answer, question.type)) return false;
      answered(answer);
      return true;
    };
    const asked: Asked<StrategyAnswers[Family]> = { type: question.type, answered: deliver, failed };
    this.#open.set(call, asked);
    this.#options.port.post({ ...question, call });
    if (!this.#open.has(call) || asked.end !== undefined) return;
    const { clock, deadlineMs, family } = this.#options;
    asked.timer = clock.setTimeout(() => {
      const text = `the ${family} strategy did not answer "${question.type}" within ${deadlineMs} ms`;
      this.#fail(call, new AskTimeout(text, { family, question: question.type, timeoutMs: deadlineMs }));
    }, deadlineMs);
  }

  /** Fails what is still open with `HubClosed`, and closes the port. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.port.close();
    this.#failAll(this.#closedError());
  }

  #receive(message: unknown): void {
    const parsed = this.#answers.safeParse(message);
    if (!parsed.success) {
      this.#garbage(message, z.prettifyError(parsed.error));
      return;
    }
    const answer = parsed.data;
    if (answer.type === "gone") {
      this.#failAll(fromWireError(answer.error));
      return;
    }
    const asked = this.#open.get(answer.call);
    if (asked === undefined) {
      // What comes after its deadline has failed already.
      const late = answer.call > 0 && answer.call <= this.#calls;
      const why = answer.type === "error" ? answer.error.message : `question ${answer.call} was never asked`;
      if (!late) this.#garbage(message, why);
    } else if (answer.type === "error") this.#fail(answer.call, fromWireError(answer.error));
    else if (asked.type === answer.type) this.#end(answer.call, () => asked.answered(answer));
    else this.#garbage(message, `question ${answer.call} was "${asked.type}", the answer is to "${answer.type}"`);
  }

  /** A frame that cannot be read is reported; when it bears the number of an open question, that has failed. */
  #garbage(message: unknown, why: string): void {
    const { family, badFrame } = this.#options;
    const error = new InvalidReply(`the ${family} strategy sent an answer that cannot be read: ${why}`, { family });
    badFrame(error);
    const call = Numbered.safeParse(message).data?.call;
    if (call !== undefined) this.#fail(call, error);
  }

  #fail(call: number, error: Error): void {
    const asked = this.#open.get(call);
    if (asked !== undefined) this.#end(call, () => asked.failed(error));
  }

  #failAll(error: Error): void {
    for (const call of [...this.#open.keys()]) this.#fail(call, error);
  }

  /** Settles a question, and tells its asker as soon as all that were asked before it have ended. */
  #end(call: number, end: () => void): void {
    const asked = this.#open.get(call);
    if (asked === undefined || asked.end !== undefined) return;
    asked.end = end;
    asked.timer?.cancel();
    for (const [number, { end: next }] of this.#open) {
      if (next === undefined) return;
      this.#open.delete(number);
      next();
    }
  }

  #closedError(): HubClosed {
    return new HubClosed(`the channel to the ${this.#options.family} strategy is closed`, { family: this.#options.family });
  }
}

const Numbered = z.object({ call: z.int().positive() });

function answers<Family extends StrategyFamily, Type>(
  answer: StrategyAnswers[Family],
  type: Type,
): answer is AnswerTo<Family, Type> {
  return answer.type === type;
}
