// The deploy drill of docs/deploys.md in its long form, over real processes at a real nats-server: `pnpm deploy-drill --carts 2000 --perSecond 1000 --rounds 3`.
// Exits 1 when an ask failed, an update was lost or done twice, a start was refused, an actor was dropped, or one stood still for its move for --longestMs or more.
// Without it the drill would be done at the size of a test only.
import { parseArgs } from "node:util";
import { deployDrill } from "../packages/integration/dist/machines/deploy/drill.js";

const { values } = parseArgs({
  options: {
    carts: { type: "string", default: "2000" },
    perSecond: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    longestMs: { type: "string", default: "500" },
  },
});
const [carts, perSecond, rounds, longestMs] = [values.carts, values.perSecond, values.rounds, values.longestMs].map(Number);
if (![carts, perSecond, rounds, longestMs].every((value) => value > 0)) {
  console.error("--carts, --perSecond, --rounds and --longestMs take numbers above 0");
  process.exit(2);
}
// Each process of the drill is ended with this one.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const { users, refused, dropped, wrong, seen, pauseMs, tookMs } = await deployDrill({ carts, perSecond, rounds }, console.log);
const failures = Object.entries(users.failed).map(([text, times]) => `${times} asks failed: ${text}`);
const slow = pauseMs < longestMs ? [] : [`an actor stood still for ${pauseMs} ms`];
for (const line of [...seen, ...failures, ...refused, ...dropped, ...wrong, ...slow]) console.log(line);
console.log(
  `${users.answered} of ${users.asked} asks answered in ${tookMs} ms, the slowest in ${users.longestMs} ms; longest pause of a move ${pauseMs} ms`,
);
process.exit(failures.length + refused.length + dropped.length + wrong.length + slow.length > 0 ? 1 : 0);
