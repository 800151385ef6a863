/**
 * The type of a state that is only read.
 * Without it a handler that runs beside others could change the state under them, and the compiler would say nothing.
 */

/** `T` with nothing in it that can be assigned: records, lists, maps and sets, at every depth. Functions and dates stay as they are. */
export type Frozen<T> = T extends (...args: never) => unknown
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<Frozen<K>, Frozen<V>>
    : T extends ReadonlySet<infer E>
      ? ReadonlySet<Frozen<E>>
      : T extends Date | RegExp | Error | ArrayBufferView | ArrayBufferLike
        ? T
        : T extends object
          ? { readonly [K in keyof T]: Frozen<T[K]> }
          : T;
