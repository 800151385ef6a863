/*
 * One thread of the campaign: runs its share of the seeds, and reports each failure as it comes.
 * Without it the campaign would use one core.
 */
import { parentPort, workerData } from "node:worker_threads";
import { campaign } from "../../packages/testkit/dist/campaign/campaign.js";

const { endAtMs, ...bounds } = workerData;
let seed = bounds.from - bounds.step;
const result = await campaign({
  ...bounds,
  enough: () => {
    parentPort.postMessage({ living: (seed += bounds.step) });
    return Date.now() > endAtMs;
  },
  told: (seed, scenario, error) =>
    error !== undefined && parentPort.postMessage({ failed: { seed, scenario, text: error.message } }),
});
const { seeds, figures, marks, acts, virtualMs } = result;
parentPort.postMessage({ done: { seeds, figures, marks, acts, virtualMs } });
