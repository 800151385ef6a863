/*
 * Measures questions to the registry of one node: where an actor is, and which have a tag.
 * Without it a change that answers them by a scan would go unnoticed.
 */
import { child, createHub, type Hub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { interleaved } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const tagged = 100;

async function withActors<T>(count: number, measure: (hub: Hub, ids: readonly string[]) => Promise<T>): Promise<T> {
  await using hub = await createHub({ id: "bench-lookups", threads: 1, actors: [Echo] });
  const ids = Array.from({ length: count }, (_, i) => `actor-${i}`);
  const every = count / tagged;
  const { errors } = await hub.startChildren(ids.map((id, i) => child(Echo, { id, tag: i % every === 0 ? "rare" : "other" })));
  verify(errors.length, 0);
  return await measure(hub, ids);
}

/** `hub.lookup` of ids in random order. */
export const lookup: Row = {
  name: "lookup",
  what: "lookup by id, random order, 100,000 actors (20,000 when quick)",
  floor: "Map.get of the same ids",
  measure: (quick) =>
    withActors(quick ? 20_000 : 100_000, async (hub, ids) => {
      const shuffled = ids.map((id, i) => ({ id, at: (i * 7_919) % ids.length })).sort((a, b) => a.at - b.at);
      const order = shuffled.map(({ id }) => Array.from(id).join(""));
      const map = new Map(ids.map((id) => [id, { id }]));
      const run = (find: (id: string) => { readonly id: string } | undefined) => async (count: number) => {
        for (let n = 0; n < count; n++) {
          const id = order[n % order.length] ?? "";
          if (find(id)?.id !== id) throw new Error(`${id} was not found`);
        }
      };
      const figures = await interleaved(
        [
          { name: "hub.lookup", role: "subject", run: run((id) => hub.lookup(id)) },
          { name: "Map.get", role: "floor", scale: 5, run: run((id) => map.get(id)) },
        ],
        quick ? 500_000 : 1_000_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    }),
};

/** `hub.lookupTag` of a tag that 100 actors have. */
export const byTag: Row = {
  name: "by-tag",
  what: "list by tag, 100 of 100,000 actors (of 20,000 when quick)",
  floor: "a Map from tags to lists of ids, each looked up in another",
  measure: (quick) =>
    withActors(quick ? 20_000 : 100_000, async (hub, ids) => {
      const map = new Map(ids.map((id) => [id, { id }]));
      const tags = new Map([["rare", hub.lookupTag("rare").map(({ id }) => id)]]);
      const run = (find: () => readonly unknown[]) => async (count: number) => {
        for (let n = 0; n < count; n++) verify(find().length, tagged);
      };
      const figures = await interleaved(
        [
          { name: "hub.lookupTag", role: "subject", run: run(() => hub.lookupTag("rare")) },
          { name: "two Maps", role: "floor", scale: 4, run: run(() => (tags.get("rare") ?? []).map((id) => map.get(id))) },
        ],
        quick ? 2_000 : 10_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    }),
};
