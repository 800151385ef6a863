/*
 * The actor of the campaign that listens to heralds, and says of all it hears what it heard before.
 * Without it no life would have a subscriber that moves, dies or ends.
 */
import { type ActorContext, defineActor, type EventNews } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";
import { Herald } from "./herald.actor.js";

const Entry = z.strictObject({ n: z.int() });
/** What a listener heard last of one herald: the number after which it goes on; -1: any may be next. */
const Ear = z.strictObject({ last: z.int(), highest: z.int(), message: z.string() });
type News = EventNews<{ k: number }>;
/** Each subscription has a message of its own: what waits of the one before still comes. */
const messages = ["news0", "news1", "news2", "news3"] as const;

/** A listener, for those who write to it. */
export const Listener = listener(plainWorld);

/** The same actor in a world. */
export function listener(world: ActorWorld) {
  type State = { count: number; turn: number; ears: Record<string, z.infer<typeof Ear>> };
  const hear = (message: string) => (state: State, news: News, ctx: ActorContext) => {
    state.count++;
    const ear = state.ears[news.id];
    if (ear?.message !== message) return;
    world.tells(ctx, "hears", { by: ctx.id, to: news.id, ...heard(news), ear: { last: ear.last, highest: ear.highest } });
    if (news.type === "ended") delete state.ears[news.id];
    else {
      ear.last = news.seq;
      if (news.type === "event") ear.highest = news.seq;
    }
  };
  const News = { input: z.custom<News>() };
  return defineActor({
    name: "listener",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), turn: z.int(), ears: z.record(z.string(), Ear) }),
    init: (_, ctx) => {
      const first = { count: 0, turn: 0, ears: {} };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("listen", { input: Entry.extend({ to: z.string(), since: z.int().optional() }) }, (state, { to, since }, ctx) => {
      state.count++;
      const known = state.ears[to]?.message;
      const message = since === undefined && known !== undefined ? known : (messages[state.turn++ % messages.length] ?? "news0");
      ctx.subscribe(ctx.ref(Herald, to), "cry", message, since === undefined ? {} : { since });
      if (message === known && since === undefined) return;
      state.ears[to] = { last: since ?? -1, highest: -1, message };
      world.tells(ctx, "listens", { by: ctx.id, to, ...(since === undefined ? {} : { since }) });
    })
    .on("leave", { input: Entry.extend({ to: z.string() }) }, (state, { to }, ctx) => {
      state.count++;
      delete state.ears[to];
      ctx.unsubscribe({ id: to }, "cry");
    })
    .on("news0", News, hear("news0"))
    .on("news1", News, hear("news1"))
    .on("news2", News, hear("news2"))
    .on("news3", News, hear("news3"))
    .on("ears", { output: z.record(z.string(), Ear) }, ({ ears }) => ears)
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
}

/** What was heard, for the history. */
function heard(news: News): object {
  if (news.type === "event") return { type: "event", seq: news.seq, k: news.payload.k };
  return news.type === "resync" ? { type: "resync", seq: news.seq, reason: news.reason } : { type: "ended", reason: news.reason };
}
