/*
 * Numbers that look random and follow from a seed and an index alone.
 * Without it actors and the reference could not draw the same numbers, each in an order of its own.
 */
/** The number that `index` draws under `seed`, from 0 to 2 ** 32 - 1 (the finaliser of MurmurHash3, Appleby, public domain). */
export function draw(seed: number, index: number): number {
  let mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
