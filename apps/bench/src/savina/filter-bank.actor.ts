/*
 * Filter bank: a signal goes through channels of filters, whose outputs are added up again. Measures pipelines that split and join.
 * Without it a value that overtakes another in one of many channels would not be seen.
 */
import { type ActorRef, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const taps = 16;
const delay = 8;

const sampleOf = (n: number): number => (draw(5, n) % 2_001) / 1_000 - 1;
const coefficient = (channel: number, filter: number, tap: number): number =>
  (draw(channel * 2 + filter, tap) % 2_001) / 1_000 - 1;

/** Keeps what each channel sends until all have sent theirs. */
export const Integrator = defineActor({
  name: "integrator",
  module: import.meta.url,
  args: z.object({ channels: z.array(z.string()) }),
  state: z.object({ waiting: z.map(z.string(), z.array(z.number())), outputs: z.array(z.number()) }),
  init: ({ channels }) => ({ waiting: new Map(channels.map((id) => [id, [] as number[]])), outputs: [] as number[] }),
})
  .on("signal", { input: z.number() }, ({ waiting, outputs }, value, ctx) => {
    waiting.get(ctx.sender ?? "")?.push(value);
    const queues = [...waiting.values()];
    if (queues.every((queue) => queue.length > 0)) outputs.push(queues.reduce((sum, queue) => sum + (queue.shift() ?? 0), 0));
  })
  .on("finish", {}, () => {})
  .on("outputs", { output: z.array(z.number()) }, ({ outputs }) => outputs);

/** What all stages of a channel, and its end, have in common. */
type Stage = ActorRef<typeof Integrator>;

const StageArgs = z.object({
  kind: z.enum(["delay", "filter", "down", "up"]),
  /** Of a filter. */
  coefficients: z.array(z.number()),
  next: z.string(),
  last: z.boolean(),
});

/** One stage: delays a signal, filters it, leaves out some of its values, or puts zeros between them. */
export const FilterStage = defineActor({
  name: "filter-stage",
  module: import.meta.url,
  args: StageArgs,
  state: StageArgs.extend({ seen: z.int(), recent: z.array(z.number()) }),
  init: (args) => ({ ...args, seen: 0, recent: new Array<number>(args.kind === "delay" ? delay : taps).fill(0) }),
})
  .on("signal", { input: z.number() }, async (state, value, ctx): Promise<void> => {
    const next: Stage = state.last ? ctx.ref(Integrator, state.next) : ctx.ref(FilterStage, state.next);
    for (const one of passed(state, value)) if (!next.tell("signal", one)) await ctx.ready();
  })
  .on("finish", {}, async (state, _input, ctx): Promise<void> => {
    const next: Stage = state.last ? ctx.ref(Integrator, state.next) : ctx.ref(FilterStage, state.next);
    await next.ask("finish", undefined, patient);
  });

/** What a stage sends on for one value that it gets. */
function passed(
  stage: z.infer<typeof StageArgs> & { readonly recent: number[]; seen: number },
  value: number,
): readonly number[] {
  const { kind, coefficients, recent } = stage;
  stage.seen++;
  switch (kind) {
    case "delay":
      recent.push(value);
      return recent.splice(0, 1);
    case "filter": {
      recent.unshift(value);
      recent.pop();
      return [coefficients.reduce((sum, factor, tap) => sum + factor * (recent[tap] ?? 0), 0)];
    }
    case "down":
      return stage.seen % 2 === 1 ? [value] : [];
    case "up":
      return [value, 0];
  }
}

/** The first filter of a channel, or the second, over a whole signal. */
function filtered(signal: readonly number[], channel: number, filter: number): number[] {
  return signal.map((_, n) => {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) sum += coefficient(channel, filter, tap) * (n < tap ? 0 : (signal[n - tap] ?? 0));
    return sum;
  });
}

function delayed(signal: readonly number[]): number[] {
  return [...new Array<number>(delay).fill(0), ...signal].slice(0, signal.length);
}

const kinds = ["delay", "filter", "down", "up", "delay", "filter"] as const;

/** The added outputs, to the last bit: the reference takes the stages one after the other, each over the whole signal. */
export const filterBank = program({
  name: "filter-bank",
  actors: [Integrator, FilterStage],
  sizes: { small: { samples: 200, channels: 4 }, full: { samples: 6_000, channels: 8 } },
  expected({ samples, channels }) {
    const source = Array.from({ length: samples }, (_, n) => sampleOf(n));
    const outputs = new Array<number>(samples).fill(0);
    for (let channel = 0; channel < channels; channel++) {
      const first = filtered(delayed(source), channel, 0);
      const second = filtered(delayed(first.map((value, n) => (n % 2 === 0 ? value : 0))), channel, 1);
      for (const [n, value] of second.entries()) outputs[n] = (outputs[n] ?? 0) + value;
    }
    return outputs;
  },
  async run(hub, { samples, channels }) {
    const numbers = Array.from({ length: channels }, (_, channel) => channel);
    const idOf = (channel: number, stage: number): string => `channel-${channel}-${stage}`;
    const end = kinds.length - 1;
    const integrator = await hub.start(Integrator, {
      id: "integrator",
      args: { channels: numbers.map((channel) => idOf(channel, end)) },
    });
    const options = numbers.flatMap((channel) =>
      kinds.map((kind, stage) => ({
        id: idOf(channel, stage),
        args: {
          kind,
          coefficients:
            kind === "filter" ? Array.from({ length: taps }, (_, tap) => coefficient(channel, stage === 1 ? 0 : 1, tap)) : [],
          next: stage === end ? integrator.id : idOf(channel, stage + 1),
          last: stage === end,
        },
      })),
    );
    await startAll(hub, FilterStage, options);
    const firsts = numbers.map((channel) => hub.ref(FilterStage, idOf(channel, 0)));
    for (let n = 0; n < samples; n++) for (const first of firsts) if (!first.tell("signal", sampleOf(n))) await hub.ready();
    await Promise.all(firsts.map((first) => first.ask("finish", undefined, patient)));
    return integrator.ask("outputs");
  },
});
