/**
 * Gives the error of an ask the lines of who asked: of each async function that awaits it, by V8's own async stacks.
 * Without it the error would show the handler that threw, at best, and nothing of the call that failed. Nothing is captured when an ask
 * begins, so one that is answered pays nothing; source: "Zero-cost async stack traces", V8, 2019.
 */
import { setStack } from "@process-hub/protocol";

/**
 * A promise that rejects with `error`, for the resolver of an ask's promise to be given: its stack is taken once it has been joined to that one,
 * and so to what awaits it. An error that was made for this ask alone: it is changed.
 */
export async function rejectionAtAsker(error: unknown): Promise<never> {
  // The first turn joins the two promises, the second one runs after that.
  await undefined;
  await undefined;
  if (error instanceof Error) addAsker(error);
  throw error;
}

/** Makes the text of the stack when it is read: most errors of a flood are counted, and not printed. */
function addAsker(error: Error): void {
  const own = error.stack;
  const here: { readonly stack?: unknown } = {};
  Error.captureStackTrace(here, rejectionAtAsker);
  const stack = (): string => {
    const [, ...lines] = typeof here.stack === "string" ? here.stack.split("\n") : [];
    // Of the event loop's own frames there may be some between.
    return [own ?? String(error), ...lines.filter((line) => !line.includes("node:internal/"))].join("\n");
  };
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: () => {
      const text = stack();
      setStack(error, text);
      return text;
    },
    set: (text: string) => setStack(error, text),
  });
}
