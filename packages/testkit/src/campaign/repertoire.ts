/*
 * The table that a life chooses its acts from, apart from what its nemesis does.
 * Without a line here an act is never done.
 */
import { drain, mayDrain, mayRename, mayResetClusterSize, membership, moveAll, rename, resetClusterSize } from "./operators.js";
import { batch, move, start, stop, talk } from "./users.js";
import type { Weighted, Workload } from "./workload.js";

const burst = 60;
const minuteMs = 60_000;

/** An act, and how often it is chosen among them. */
export interface Act extends Weighted {
  readonly act: (workload: Workload) => void | Promise<void>;
}

/** The acts of users and operators. */
export const repertoire: readonly Act[] = [
  { weight: 54, act: talk },
  {
    weight: 2,
    act: (workload) => {
      workload.did("burst");
      talk(workload, burst);
    },
  },
  {
    weight: 22,
    act: (workload) => {
      workload.did("move");
      move(workload);
    },
  },
  { weight: 2, act: moveAll },
  { weight: 4, act: stop },
  { weight: 5, act: start },
  { weight: 3, act: batch },
  { weight: 8, act: membership },
  { weight: 1, can: mayDrain, act: drain },
  { weight: 0.3, can: mayRename, act: rename },
  {
    weight: 0.04,
    act: async (workload) => {
      workload.did("quiet");
      await workload.sim.run((1 + workload.random.next()) * minuteMs);
    },
  },
  { weight: 0.5, can: mayResetClusterSize, act: resetClusterSize },
];
