/*
 * The sessions of apps/sessions under many callers: they all read at once, some ask how far an answer is, some hang up.
 * Without it nobody would have seen what the service promises.
 */
import { until } from "@process-hub/protocol/testing";
import { Service } from "../service.js";
import { Caller, cutsAt, statusOf } from "./callers.js";

/** So many of a hundred took no longer. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** What came of it. */
export interface SessionsFigures {
  /** How many answers were being read at one time. */
  readonly streaming: number;
  /** How many tokens were read. */
  readonly tokens: number;
  /** Answers that were not the whole of what the model said, as text. */
  readonly wrong: readonly string[];
  /** How long a session took for its status; and the same with HTTP and this process on the way. */
  readonly statusMs: Spread;
  readonly statusAtCallerMs: Spread;
  /** How long it took from hanging up to the end of the model's socket. */
  readonly cancelMs: Spread;
  /** The answers to prompts of a user beyond the quota, and after a night. */
  readonly refused: number;
  readonly renewed: number;
}

const tokenMs = 1_000;
const perDay = 40;
const statusEveryMs = 10;

function spread(all: readonly number[]): Spread {
  const sorted = [...all].sort((a, b) => a - b);
  const of = (part: number): number => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
  return { p50: of(0.5), p90: of(0.9), p99: of(0.99) };
}

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
    const statusMs = spread(statuses.map(({ askMs }) => askMs));
    const statusAtCallerMs = spread(statuses.map(({ tookMs }) => tookMs));
    tell(
      `a status in ms: ${JSON.stringify(statusMs)}, at its caller ${JSON.stringify(statusAtCallerMs)}; ${streaming} still stream`,
    );

    const hungUp = callers.slice(0, 100).map((caller, i) => ({ word: `s${i}`, atMs: caller.hangUp() }));
    await until("the model has seen them go", async () => {
      const cuts = await cutsAt(model.address);
      return hungUp.every(({ word }) => word in cuts);
    });
    const cuts = await cutsAt(model.address);
    const cancelMs = spread(hungUp.map(({ word, atMs }) => (cuts[word] ?? Number.NaN) - atMs));
    tell(`a hundred callers hang up at once, which reaches the model in ms: ${JSON.stringify(cancelMs)}`);

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
      ...{ streaming, tokens: read, wrong, statusMs, statusAtCallerMs },
      ...{ cancelMs, refused, renewed },
    };
  } finally {
    await Promise.all([service.kill(), model.kill()]);
  }
}
