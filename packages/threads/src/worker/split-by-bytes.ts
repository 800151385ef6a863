/**
 * Cuts a list into runs of at most so many bytes, in order; an item that is larger goes alone.
 * Without it a batch of large states would make one frame that blocks its link.
 */
export function splitByBytes<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  atMostBytes: number,
): { readonly items: readonly T[]; readonly bytes: number }[] {
  const runs: { items: T[]; bytes: number }[] = [];
  for (const item of items) {
    const bytes = bytesOf(item);
    const last = runs.at(-1);
    if (last === undefined || last.bytes + bytes > atMostBytes) runs.push({ items: [item], bytes });
    else {
      last.items.push(item);
      last.bytes += bytes;
    }
  }
  return runs;
}
