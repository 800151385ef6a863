/*
 * Runs the work of each actor in an async context that no other actor's code has touched.
 * Without it the `AsyncLocalStorage` of one actor, a request's user or a trace, would show in the handlers of the next ones of its thread.
 * Source: Node's documentation of `async_hooks`; which of the two ways a Node has is found out by trying.
 */
import { AsyncLocalStorage, AsyncResource, executionAsyncResource } from "node:async_hooks";

/** Runs `work` with its argument in a context without anybody's stores; what it enters there is gone for the next. Gives back what `work` gives. */
export type OwnContext = <A, R>(work: (arg: A) => R, arg: A) => R;

/** The contexts of the thread it is called in. To be called before code of an actor runs there. */
export function ownContext(): OwnContext {
  return storesAreInResources() ? inResources() : AsyncLocalStorage.snapshot();
}

/** Node before 24 keeps the stores as properties of the resource in whose scope code runs. */
function storesAreInResources(): boolean {
  const storage = new AsyncLocalStorage();
  const resource = new AsyncResource("process-hub");
  const before = Object.getOwnPropertySymbols(resource).length;
  const isEntered = resource.runInAsyncScope(() => {
    storage.enterWith(true);
    return executionAsyncResource() === resource && Object.getOwnPropertySymbols(resource).length > before;
  });
  storage.disable();
  return isEntered;
}

/** One resource for all, as long as nobody has left a store in it. */
function inResources(): OwnContext {
  const clean = new AsyncResource("process-hub");
  const own = Object.getOwnPropertySymbols(clean);
  const fresh = (): AsyncResource => clean.runInAsyncScope(() => new AsyncResource("process-hub"));
  let resource = fresh();
  return (work, arg) => {
    const result = resource.runInAsyncScope(work, undefined, arg);
    const symbols = Object.getOwnPropertySymbols(resource);
    if (symbols.length === own.length) return result;
    const stores = resource as unknown as Record<symbol, unknown>;
    if (symbols.some((symbol) => stores[symbol] !== undefined && !own.includes(symbol))) resource = fresh();
    return result;
  };
}
