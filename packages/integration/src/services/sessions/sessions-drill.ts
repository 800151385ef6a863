/*
 * The sessions of apps/sessions under many callers: they all read at once, some ask how far an answer is, some hang up.
 * Without it nobody would have seen what the service promises.
 */
import { until } from "@process-hub/protocol/testing";
import { Service } from "../service.js";
import { Caller, cutsAt, statusOf } from "./callers.js";

/** What came of it. */
export interface SessionsFigures {
  /** How many answers were being read at one time. */
  readonly streaming: number;
  /** How many tokens were read. */
  readonly tokens: number;
  /** Answers that were not the whole of what the model said, as text. */
  readonly wrong: readonly string[];
  /** How long a session took for its status, of a hundred the second longest; and the same with HTTP and this process on the way. */
  readonly statusP99Ms: number;
  readonly statusAtCallerP99Ms: number;
  /** How long it took from hanging up to the end of the model's socket, at most. */
  readonly cancelLongestMs: number;
  /** The answers to prompts of a user beyond the quota, and after a night. */
  readonly refused: number;
  readonly renewed: number;
}

const tokenMs = 1_000;
const perDay = 40;
const statusEveryMs = 10;

const p99 = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? Number.NaN;

/** One model, one process of the service, `sessions` callers. `tell`: hears a line for each step. */
export async function sessionsDrill(
  { sessions, users, tokens }: { readonly sessions: number; readonly users: number; readonly tokens: number },
  tell: (line: string) => void = () => {},
): Promise<SessionsFigures> {
  const model = await Service.start("sessions", { TOKEN_MS: String(tokenMs) }, "model/main.js");
  const env = { MODEL_URL: model.address, PROMPTS_PER_DAY: String(perDay), NIGHT: "*/2 * * * * *" };
  const service = await Service.start("sessions", env);
  const { address } = service;
  try {
    const promptOf = (i: number): string => [`s${i}`, ...Array.from({ length: tokens - 1 }, (_, n) => `${n}`)].join(" ");
    const fromMs = performance.now();
    const callers = Array.from({ length: sessions }, (_, i) => new Caller(address, `s${i}`, `u${i % users}`, promptOf(i)));
    await until("all sessions stream", () => callers.every(({ read }) => read !== ""), 60_000);
    tell(`${sessions} sessions stream after ${Math.round(performance.now() - fromMs)} ms`);

    const asked: ReturnType<typeof statusOf>[] = [];
    for (let i = 0; i < 500; i++) {
      asked.push(statusOf(address, `s${(i * 7) % sessions}`));
      await new Promise((resolve) => setTimeout(resolve, statusEveryMs));
    }
    const statuses = await Promise.all(asked);
    const streaming = callers.filter(({ read }) => read.split(" ").length <= tokens).length;
    const statusP99Ms = p99(statuses.map(({ askMs }) => askMs));
    const statusAtCallerP99Ms = p99(statuses.map(({ tookMs }) => tookMs));
    tell(`a status: p99 ${statusP99Ms} ms, ${statusAtCallerP99Ms} ms at its caller; ${streaming} still stream`);

    const hungUp = callers.slice(0, 100).map((caller, i) => ({ word: `s${i}`, atMs: caller.hangUp() }));
    await until("the model has seen them go", async () => {
      const cuts = await cutsAt(model.address);
      return hungUp.every(({ word }) => word in cuts);
    });
    const cuts = await cutsAt(model.address);
    const cancelLongestMs = Math.max(...hungUp.map(({ word, atMs }) => (cuts[word] ?? Number.NaN) - atMs));
    tell(`a caller that hangs up reaches the model after ${cancelLongestMs} ms at most`);

    await Promise.all(callers.map(({ ended }) => ended));
    const wrong = callers.slice(100).flatMap(({ read }, i) => (read === `${promptOf(i + 100)} ` ? [] : [`s${i + 100}: ${read}`]));

    const codes = async (count: number): Promise<number[]> => {
      const all = Array.from({ length: count }, (_, i) => new Caller(address, `greedy-${i}`, "greedy", "word"));
      await Promise.all(all.map(({ ended }) => ended));
      return all.map(({ code }) => code);
    };
    let refused = 0;
    await until("a user is refused", async () => {
      refused = (await codes(perDay + 10)).find((code) => code !== 200) ?? 0;
      return refused !== 0;
    });
    let renewed = 0;
    await until("a night is over", async () => {
      [renewed = 0] = await codes(1);
      return renewed === 200;
    });
    const read = callers.reduce((sum, caller) => sum + caller.read.split(" ").length - 1, 0);
    return {
      ...{ streaming, tokens: read, wrong, statusP99Ms, statusAtCallerP99Ms },
      ...{ cancelLongestMs, refused, renewed },
    };
  } finally {
    await Promise.all([service.kill(), model.kill()]);
  }
}
