/*
 * A checksum that depends on the order of its numbers.
 * Without it two messages handled in the wrong order would give the same state.
 */
/**
 * One more value folded into a rolling checksum, as a 32-bit integer. Order-sensitive: `a` then `b` differs from `b` then `a`,
 * and a value lost or doubled anywhere changes everything after it.
 *
 * This is the body step of MurmurHash3 (Austin Appleby, public domain): for a fixed value it is a bijection of the checksum, for
 * a fixed checksum a bijection of the value, so two streams that once differ can only meet again by a 1 in 2^32 accident.
 */
export function chain(checksum: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  const turned = checksum ^ Math.imul(mixed, 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

/** A short text as a 32-bit integer; distinct for all texts of up to four ASCII characters, so for every airport code. */
export function textAsInteger(text: string): number {
  let value = 0;
  for (let at = 0; at < text.length; at++) value = Math.imul(value, 257) + text.charCodeAt(at);
  return value | 0;
}
