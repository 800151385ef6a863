import { randomBytes } from "node:crypto";
import type { Random } from "./random.js";

/**
 * The machine's randomness.
 * Without it each user of chance would take the machine's by itself, and a simulation could not replace it.
 */
export const realRandom: Random = {
  next: () => Math.random(),
  id: () => randomBytes(6).toString("hex"),
};
