/** The same echo as a piscina task. */
export default function echo({ n }: { readonly n: number }): number {
  return n;
}
