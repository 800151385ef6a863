/*
 * A small set of small numbers that is copied often.
 * Without it each step of the search would copy a Set, and comparing two would take as long as making them.
 */

/** Numbers from 0 to below `32 * bits.length`, one bit each. */
export type BitSet = Uint32Array;

/** An empty set for numbers below `size`. */
export function bitSet(size: number): BitSet {
  return new Uint32Array((size + 31) >>> 5);
}

export function has(bits: BitSet, index: number): boolean {
  return (((bits[index >>> 5] as number) >>> (index & 31)) & 1) === 1;
}

/** Adds the number, or takes it out, in place. */
export function flip(bits: BitSet, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) ^ (1 << (index & 31));
}

/** Equal for equal sets of one size. */
export function bitsKey(bits: BitSet): string {
  return bits.length === 1 ? (bits[0] as number).toString(36) : Array.from(bits, (word) => word.toString(36)).join();
}
