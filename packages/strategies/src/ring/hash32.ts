/**
 * A 32-bit hash of a text in which every input bit reaches every output bit.
 * Without it ids that differ in their last character would share a node or a thread more often than chance has it.
 *
 * FNV-1a over the UTF-16 code units (Fowler, Noll, Vo), then the finaliser of MurmurHash3 (Appleby). Hashes of one text under
 * different seeds behave as independent. Not for secrets: collisions are easy to construct.
 */
export function hash32(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return avalanche(hash);
}

/** A one-to-one mix of a 32-bit integer: neighbours in, strangers out (the finaliser of MurmurHash3). */
export function avalanche(integer: number): number {
  let mixed = integer ^ (integer >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
