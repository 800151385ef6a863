/**
 * Chance as an argument: the real one is the machine's, a seeded one repeats itself.
 * Without it a simulated run could not be repeated from its seed.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A fresh name of 12 letters and digits: unique for all that a hub names. */
  id(): string;
}
