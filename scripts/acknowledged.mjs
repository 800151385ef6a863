// Users of a cluster of five real processes at a real nats-server write down what was acknowledged, while nodes are frozen, cut off, killed, replaced and
// leave, and the server restarts: `pnpm acknowledged --minutes 10 --by standby`. Exits 1 when the answers to an actor fit no order: an acknowledged write is lost, or
// done twice. Without it that would be tried for a minute at a time only.
// --by none|standby|majority: whom replies wait for (with "majority" two nodes are in trouble at once). --lease: a lease decides who serves, not a majority. --seed N: the same troubles.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { acknowledgedLife, chanceTroubles } from "../packages/integration/dist/machines/acknowledged-users.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    by: { type: "string", default: "standby" },
    lease: { type: "boolean", default: false },
    seed: { type: "string", default: String(randomInt(1_000_000)) },
  },
});
const { by, lease, seed } = values;
const minutes = Number(values.minutes);
if (!(minutes > 0) || !["none", "standby", "majority"].includes(by) || !Number.isInteger(Number(seed))) {
  console.error("--minutes takes a number above 0, --by one of none, standby, majority, --seed a whole number");
  process.exit(2);
}
// Each process of the cluster is ended with this one.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const two = by === "majority";
const troubles = chanceTroubles(Number(seed), two ? 2 : 1, performance.now() + minutes * 60_000);
const life = await acknowledgedLife({ factor: two ? 3 : 2, by, lease }, troubles, console.log);
console.log(
  `seed ${seed}: acknowledge "${by}" under a ${lease ? "lease" : "majority"}: ${life.troubles} troubles, ${life.answers} answers`,
);
console.log(life.problems.length === 0 ? "every answer fits" : life.problems.join("\n"));
process.exit(life.problems.length === 0 ? 0 : 1);
