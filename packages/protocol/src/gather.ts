/**
 * Adds an item to the list under a key.
 * Without it each place that groups items by a key would write the same four lines.
 */
export function gather<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
