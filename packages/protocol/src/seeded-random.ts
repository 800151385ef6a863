/**
 * Chance that repeats itself: what a seed did once it does again, on any machine.
 * Without it a simulation that fails could not be looked at.
 */
import type { Random } from "./random.js";

/** Randomness that repeats itself for a seed: mulberry32 (Tommy Ettinger, public domain). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const id = (): string => Array.from({ length: 12 }, () => Math.floor(next() * 36).toString(36)).join("");
  return { next, id };
}
