// A cluster of five real processes at a real nats-server lives under load, moves, joins, leaves, kills and freezes:
// `pnpm soak --minutes 10`. Every promise is checked at the end of each round. Exits 1 when one is broken. Without it the soak would run only as a short test.
// --troubles kill,freeze,membership: only these, in every round; without it, the rounds take turns.
import { parseArgs } from "node:util";
import { Soak } from "../packages/integration/dist/machines/soak/soak.js";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, troubles: { type: "string" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0; given: ${values.minutes}`);
  process.exit(2);
}
const troubles = values.troubles?.split(",");
for (const one of troubles ?? []) {
  if (["kill", "freeze", "membership"].includes(one)) continue;
  console.error(`--troubles takes some of kill, freeze, membership with commas between them; given: ${values.troubles}`);
  process.exit(2);
}
// Each process of the cluster is ended with this one.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const startMs = performance.now();
const figures = await Soak.run({ minutes, troubles, told: (text) => console.log(text) });
const { rounds, made, handled, asks, failedAsks, moves, refusedMoves, kills, freezes, joins, leaves, conflicts, violations } =
  figures;
const failed = Object.entries(failedAsks).map(([code, count]) => `${code} ${count}`);
console.log(
  `${rounds} rounds in ${((performance.now() - startMs) / 1_000).toFixed(0)} s: ${made} messages made, ${handled} handled, ` +
    `${asks} asks, all settled (failed: ${failed.join(", ") || "none"})`,
);
console.log(`${moves} moves (${refusedMoves} refused), ${kills} kills, ${freezes} freezes, ${joins} joins, ${leaves} leaves`);
console.log(`${conflicts} conflicts, ${figures.falseDeaths} times a node gave up another that was neither killed nor frozen`);
console.log(violations.length === 0 ? "no violation" : `${violations.length} violations; the first: ${violations[0]}`);
process.exit(violations.length === 0 ? 0 : 1);
