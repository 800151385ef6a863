import { randomBytes } from "node:crypto";
import type { Random } from "./random.js";

/** The machine's randomness. */
export const realRandom: Random = {
  next: () => Math.random(),
  id: () => randomBytes(6).toString("hex"),
};
