/*
 * A story's history as operations on its actors, and their check against sequential models.
 * Without it each test would keep its own record of what it asked and was told.
 */
import type { ActorId } from "@process-hub/protocol";
import type { History } from "../history.js";
import { startAtMs } from "../scheduler.js";
import { checkLinearizable } from "./check-linearizable.js";
import { failedOutcome, type Operation, type Outcome } from "./operation.js";
import type { ActorModel } from "./sequential-model.js";
import type { Answer, Made, StoryAsks } from "./story-asks.js";

/** What a story told and was told. */
export interface Told {
  readonly history: Pick<History, "events" | "input">;
  readonly asks: Pick<StoryAsks, "asks">;
}

/**
 * The operations on the actors of a definition that the story asked, by id; all that was sent to these actors is among them. A tell, a timer's
 * message and what another actor asked are of unknown outcome. Instants are positions in the history, so that no two are equal.
 */
function storyOperations({ history, asks }: Told, actor: string): Map<ActorId, Operation[]> {
  const operations = new Map<ActorId, Operation[]>();
  for (const { ref } of asks.asks.values()) if (ref.actor === actor) operations.set(ref.id, []);
  for (const [index, event] of history.events.entries()) {
    if (event.kind !== "made") continue;
    const { to, name, from } = event.message;
    const answer = asks.asks.get(event)?.answer;
    operations.get(to)?.push({
      message: name,
      input: history.input(event.message),
      invokedAt: index,
      outcome: outcomeOf(to, answer),
      note: `${from}, ${span(event, answer)}`,
    });
  }
  return operations;
}

/** What in a story no order of its operations explains, in words. */
export function checkStory(told: Told, models: readonly ActorModel[]): string[] {
  return models.flatMap(({ actor, initial, messages }) =>
    [...storyOperations(told, actor.name)].flatMap(([id, operations]) => {
      const { problem } = checkLinearizable(operations, { messages, initial: initial(id) });
      return problem === undefined ? [] : [`${actor.name} ${id} is ${problem.replaceAll("\n", "\n    ")}`];
    }),
  );
}

/** An answer came before all that was recorded after it, and after all that had been. */
function outcomeOf(id: ActorId, answer: Answer | undefined): Outcome {
  if (answer === undefined) return { kind: "unknown" };
  return "reply" in answer ? { kind: "returned", at: answer.events - 0.5, reply: answer.reply } : failedOutcome(answer.error, id);
}

function span({ atMs }: Made, answer: Answer | undefined): string {
  const at = (ms: number): string => `${(ms - startAtMs).toFixed(2)} ms`;
  if (answer === undefined) return `from ${at(atMs)}`;
  const { code } = (("error" in answer ? answer.error : undefined) as { readonly code?: unknown } | undefined) ?? {};
  return `${at(atMs)} to ${at(answer.atMs)}${code === undefined ? "" : `: ${String(code)}`}`;
}
