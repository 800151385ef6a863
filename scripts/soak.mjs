// A cluster of five real processes at a real nats-server lives under load, moves and faults:
// `pnpm soak --minutes 10`. Every promise is checked at the end of each round. Exits 1 when one is broken. Without it the soak would run only as a short test.
// --faults kill,freeze: only these, in every round; without it, the rounds take turns. --seed N: the same faults to the same processes.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { Soak } from "../packages/integration/dist/machines/soak/soak.js";
import { soakFaults } from "../packages/integration/dist/machines/soak/soak-faults.js";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, faults: { type: "string" }, seed: { type: "string" } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0; given: ${values.minutes}`);
  process.exit(2);
}
const seed = Number(values.seed ?? randomInt(1_000_000));
if (!Number.isInteger(seed)) {
  console.error(`--seed takes a whole number; given: ${values.seed}`);
  process.exit(2);
}
const faults = values.faults?.split(",");
for (const one of faults ?? []) {
  if (soakFaults.includes(one)) continue;
  console.error(`--faults takes some of ${soakFaults.join(", ")} with commas between them; given: ${values.faults}`);
  process.exit(2);
}
// Each process of the cluster is ended with this one.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const startMs = performance.now();
console.log(`seed ${seed}`);
const figures = await Soak.run({ minutes, seed, faults, told: (text) => console.log(text) });
const { failedAsks, violations, ...counted } = figures;
const failed = Object.entries(failedAsks).map(([code, count]) => `${code} ${count}`);
// A figure's name in words: "failedStarts" is "failed starts".
const words = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
console.log(
  `seed ${seed}, ${((performance.now() - startMs) / 1_000).toFixed(0)} s; all asks settled (failed: ${failed.join(", ") || "none"})`,
);
console.log(
  Object.entries(counted)
    .map(([name, count]) => `${words(name)} ${count}`)
    .join(", "),
);
console.log(violations.length === 0 ? "no violation" : `${violations.length} violations; the first: ${violations[0]}`);
process.exit(violations.length === 0 ? 0 : 1);
