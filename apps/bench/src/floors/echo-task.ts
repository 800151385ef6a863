/*
 * The echo as a piscina task.
 * Without it the asks of actors would have no known library to be compared with.
 */
/** Returns its input's number. */
export default function echo({ n }: { readonly n: number }): number {
  return n;
}
