/*
 * The figures of a node as metrics: read from `hub.stats()` when a reader collects them.
 * Without it each program would name the same figures in its own way.
 */
import { type MeterProvider, metrics, type ObservableResult } from "@opentelemetry/api";

/** The part of a hub that is read. */
export interface ObservedHub {
  stats(): {
    readonly node: string;
    readonly messages: { readonly handled: number; readonly expired: number };
    readonly asks: { readonly pending: number; readonly timedOut: number };
    readonly moves: { readonly longestPauseMs: number };
    readonly restarts: number;
    readonly statesLost: number;
    readonly startsFailing: number;
    readonly tasks: { readonly running: number };
    readonly streams: number;
    readonly standby: { readonly actors: number; readonly unacknowledged: number; readonly oldestUnacknowledgedMs: number };
    readonly registry: { readonly actors: number; readonly orphans: number };
    readonly members: { readonly present: number };
    readonly invariants: Readonly<Record<string, number>>;
  };
}

type Stats = ReturnType<ObservedHub["stats"]>;

/** What is read of the stats, by the metric's name: a sum so far, or a figure of now. */
const figures: Readonly<
  Record<string, { readonly sum: boolean; readonly unit?: string; readonly of: (stats: Stats) => number }>
> = {
  "process_hub.messages.handled": { sum: true, of: ({ messages }) => messages.handled },
  "process_hub.messages.expired": { sum: true, of: ({ messages }) => messages.expired },
  "process_hub.asks.timed_out": { sum: true, of: ({ asks }) => asks.timedOut },
  "process_hub.asks.pending": { sum: false, of: ({ asks }) => asks.pending },
  "process_hub.moves.longest_pause": { sum: false, unit: "s", of: ({ moves }) => moves.longestPauseMs / 1_000 },
  "process_hub.restarts": { sum: true, of: ({ restarts }) => restarts },
  "process_hub.states_lost": { sum: true, of: ({ statesLost }) => statesLost },
  "process_hub.starts.failing": { sum: false, of: ({ startsFailing }) => startsFailing },
  "process_hub.tasks.running": { sum: false, of: ({ tasks }) => tasks.running },
  "process_hub.streams": { sum: false, of: ({ streams }) => streams },
  "process_hub.standby.actors": { sum: false, of: ({ standby }) => standby.actors },
  "process_hub.standby.unacknowledged": { sum: false, of: ({ standby }) => standby.unacknowledged },
  "process_hub.standby.lag": { sum: false, unit: "s", of: ({ standby }) => standby.oldestUnacknowledgedMs / 1_000 },
  "process_hub.registry.actors": { sum: false, of: ({ registry }) => registry.actors },
  "process_hub.registry.orphans": { sum: false, of: ({ registry }) => registry.orphans },
  "process_hub.members": { sum: false, of: ({ members }) => members.present },
  "process_hub.invariants.broken": {
    sum: true,
    of: ({ invariants }) => Object.values(invariants).reduce((sum, times) => sum + times, 0),
  },
};

/**
 * Has the figures of a node collected with each reading of the metrics, labelled by its name, until the returned function is called. Default: by the
 * global provider.
 */
export function observe(hub: ObservedHub, { meterProvider }: { readonly meterProvider?: MeterProvider } = {}): () => void {
  const meter = (meterProvider ?? metrics).getMeter("@process-hub/otel");
  const undo = Object.entries(figures).map(([name, { sum, unit, of }]) => {
    const options = unit === undefined ? {} : { unit };
    const one = sum ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options);
    const read = (result: ObservableResult): void => {
      const stats = hub.stats();
      result.observe(of(stats), { "process_hub.node": stats.node });
    };
    one.addCallback(read);
    return () => one.removeCallback(read);
  });
  return () => {
    for (const each of undo) each();
  };
}
