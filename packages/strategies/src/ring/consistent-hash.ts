/// <reference path="./consistent-hash-package.d.ts" />
/*
 * The only door to npm consistent-hash. What we add to it, and why:
 * - explicit hashed points, because its own are random: two nodes would build two rings;
 * - a fresh ring for each set of members and never `remove`, which breaks a following `add`;
 * - keys that its 24-bit text hash maps to themselves, because that hash clusters short and sequential ids.
 * Without these a join would move ids that it need not, and nodes would disagree on owners.
 */
import ConsistentHash from "consistent-hash";
import { avalanche, hash32 } from "./hash32.js";

const RANGE = 536_870_909; // the prime under 2^29: above every location a key can have, so the library's modulo changes nothing
const KEY_SEED = 3; // of 40 tried, the evenest for three-letter codes under usual node names; any other obeys the same laws on average
const POINT_SEED = 0x706f696e;
const STEP_SEED = 0x73746570;
const GOLDEN = 0x9e3779b9;

/** The nodes that follow a key round the ring. */
export interface Successors {
  /** The nearest; undefined on an empty ring. */
  first(key: string): string | undefined;
  /** At most `count` distinct ones, nearest first; `count` is at least 1. */
  several(key: string, count: number): string[];
}

/**
 * A hash ring over `names` (Karger et al. 1997) with `points` hashed places for each.
 *
 * Give the names sorted and without duplicates: a place that two nodes hash to belongs to the later name, so the order decides.
 */
export function buildSuccessors(names: readonly string[], points: number): Successors {
  const ring = new ConsistentHash({ range: RANGE });
  for (const name of names) ring.add(name, points, pointsOf(name, points));
  return {
    first: (key) => ring.get(locationText(key)) ?? undefined,
    several: (key, count) => ring.get(locationText(key), count) ?? [],
  };
}

/** Two seeds, so that two names share all their points only if 64 bits agree; ascending, which makes the library's sort a merge. */
function pointsOf(name: string, count: number): number[] {
  const start = hash32(name, POINT_SEED);
  const step = hash32(name, STEP_SEED);
  const points = new Uint32Array(count);
  for (let i = 0; i < count; i++) points[i] = avalanche(start ^ avalanche(step + Math.imul(i, GOLDEN))) % RANGE;
  return [...points.sort()];
}

/**
 * A text whose hash in the library is exactly the upper 24 bits of our own.
 *
 * The library computes h = 16 h + code unit, folding what passes 24 bits: code units of 16, 4 and 4 bits never pass.
 */
function locationText(key: string): string {
  const hash = hash32(key, KEY_SEED);
  return String.fromCharCode(hash >>> 16, (hash >>> 12) & 15, (hash >>> 8) & 15);
}
