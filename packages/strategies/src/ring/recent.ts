/** A map that forgets: what was set or read lately is there, what was not may be gone. Holds at most twice its limit. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/**
 * A bounded map in two generations: when the young one is full it becomes the old one, and the former old one is dropped.
 * Without the bound the answers remembered for each id would grow as long as the process lives.
 *
 * Nearly as cheap as a plain Map, where least-recently-used order would cost a delete and an insert on each read.
 */
export function recentMap<Value>(limit: number): Recent<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const set = (key: string, value: Value): void => {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const fresh = young.get(key);
      if (fresh !== undefined) return fresh;
      const kept = old.get(key);
      if (kept !== undefined) set(key, kept);
      return kept;
    },
    set,
  };
}
