/*
 * Bank transaction: a teller moves money between accounts, many transfers at a time. Measures two asks that belong together.
 * Without it a withdrawal whose deposit is lost, or made twice, would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { withInFlight } from "../rounds.js";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const idOf = (account: number): string => `account-${account}`;
const inFlight = 100;

/** The `n`th transfer: between two different accounts. */
function transferOf(n: number, accounts: number): { from: number; to: number; amount: number } {
  const from = draw(1, n) % accounts;
  const other = draw(2, n) % (accounts - 1);
  return { from, to: other < from ? other : other + 1, amount: 1 + (draw(3, n) % 1_000) };
}

/** Holds a balance, which may be below zero. */
export const Account = defineActor({
  name: "account",
  module: import.meta.url,
  state: z.object({ balance: z.int() }),
  init: () => ({ balance: 0 }),
})
  .on("withdraw", { input: z.int(), output: z.int() }, (state, amount) => (state.balance -= amount))
  .on("deposit", { input: z.int(), output: z.int() }, (state, amount) => (state.balance += amount))
  .on("balance", { output: z.int() }, ({ balance }) => balance);

/** Makes the transfers. It asks both accounts itself: accounts that ask each other could wait for each other. Replies with how many it made. */
export const Teller = defineActor({ name: "teller", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "transfer",
  { input: z.object({ transfers: z.int(), accounts: z.int() }), output: z.int() },
  async (_state, { transfers, accounts }, ctx) => {
    let made = 0;
    await withInFlight(transfers, inFlight, async (n) => {
      const { from, to, amount } = transferOf(n, accounts);
      await ctx.ref(Account, idOf(from)).ask("withdraw", amount);
      await ctx.ref(Account, idOf(to)).ask("deposit", amount);
      made++;
    });
    return made;
  },
);

/** The balance of each account. */
export const bankTransaction = program({
  name: "bank-transaction",
  actors: [Account, Teller],
  sizes: { small: { transfers: 1_000, accounts: 50 }, full: { transfers: 50_000, accounts: 1_000 } },
  expected({ transfers, accounts }) {
    const balances = new Array<number>(accounts).fill(0);
    for (let n = 0; n < transfers; n++) {
      const { from, to, amount } = transferOf(n, accounts);
      balances[from] = (balances[from] ?? 0) - amount;
      balances[to] = (balances[to] ?? 0) + amount;
    }
    return { made: transfers, balances };
  },
  async run(hub, { transfers, accounts }) {
    const ids = Array.from({ length: accounts }, (_, account) => ({ id: idOf(account) }));
    const all = await startAll(hub, Account, ids);
    const teller = await hub.start(Teller, { id: "teller" });
    const made = await teller.ask("transfer", { transfers, accounts }, patient);
    return { made, balances: await Promise.all(all.map((account) => account.ask("balance"))) };
  },
});
