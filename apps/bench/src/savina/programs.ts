/*
 * The list of all programs.
 * Without an entry here a program is neither run nor tested.
 */
import { aStar } from "./a-star.actor.js";
import { bankTransaction } from "./bank-transaction.actor.js";
import { big } from "./big.actor.js";
import { boundedBuffer } from "./bounded-buffer.actor.js";
import { chameneos } from "./chameneos.actor.js";
import { cigaretteSmokers } from "./cigarette-smokers.actor.js";
import { cobwebbedTree } from "./cobwebbed-tree.actor.js";
import { concurrentDictionary } from "./concurrent-dictionary.actor.js";
import { counting } from "./counting.actor.js";
import { diningPhilosophers } from "./dining-philosophers.actor.js";
import { facilityLocation } from "./facility-location.actor.js";
import { filterBank } from "./filter-bank.actor.js";
import { forkJoinCreation } from "./fork-join-creation.actor.js";
import { forkJoinThroughput } from "./fork-join-throughput.actor.js";
import { logisticMap } from "./logistic-map.actor.js";
import { matrixMultiplication } from "./matrix-multiplication.actor.js";
import { nQueens } from "./n-queens.actor.js";
import { overRelaxation } from "./over-relaxation.actor.js";
import { pingPong } from "./ping-pong.actor.js";
import { precisePi } from "./precise-pi.actor.js";
import type { Program } from "./program.js";
import { quicksort } from "./quicksort.actor.js";
import { radixSort } from "./radix-sort.actor.js";
import { shortestPaths } from "./shortest-paths.actor.js";
import { sieve } from "./sieve.actor.js";
import { sleepingBarber } from "./sleeping-barber.actor.js";
import { sortedList } from "./sorted-list.actor.js";
import { threadRing } from "./thread-ring.actor.js";
import { trapezoidal } from "./trapezoidal.actor.js";

/** Written from the descriptions in "Savina - An Actor Benchmark Suite" (Imam and Sarkar, AGERE 2014), in its order. */
export const programs: readonly Program[] = [
  // Small ones, each of which measures one thing.
  pingPong,
  counting,
  forkJoinThroughput,
  forkJoinCreation,
  threadRing,
  chameneos,
  big,
  // Concurrency: many that want the same.
  concurrentDictionary,
  sortedList,
  boundedBuffer,
  diningPhilosophers,
  sleepingBarber,
  cigaretteSmokers,
  logisticMap,
  bankTransaction,
  // Parallelism: much work that can be shared.
  radixSort,
  filterBank,
  sieve,
  cobwebbedTree,
  facilityLocation,
  trapezoidal,
  precisePi,
  matrixMultiplication,
  quicksort,
  shortestPaths,
  overRelaxation,
  aStar,
  nQueens,
];
