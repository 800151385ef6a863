/*
 * What the judge reads of a life: its calls, its history by spans, where actors were, and its settings.
 * Without it each rule would take a whole simulation, and no test could give it a history of its own.
 */
import type { HistoryEvent } from "../../history.js";
import { startAtMs } from "../../scheduler.js";
import { Chronicle } from "../chronicle.js";
import { type Host, hostsById } from "../hosts.js";
import type { Outcome } from "../outcomes.js";
import { Presence } from "../presence.js";

/** The times and bounds of a life that explanations depend on; times in milliseconds. */
export interface LifeSettings {
  /** The longest time that a datagram takes when none is lost, and whether some are. */
  readonly delayMs: number;
  readonly drops: boolean;
  /** Within this time a node that is not cut off has heard what another says, lost datagrams included. */
  readonly newsMs: number;
  /** Within this time the others have given up a node that is silent. */
  readonly deathMs: number;
  /** Within this time a link has delivered or broken. */
  readonly deliveryMs: number;
  /** How long a link waits before it sends again what may not have arrived. */
  readonly linkRetryMs: number;
  readonly handoffTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** How many messages wait in one mailbox, and how many on the way from one place, before others are refused. */
  readonly mailbox: number;
  readonly linkLetters: number;
  /** For how many actors that left it a thread forwards. */
  readonly forwardings: number;
  /** True where an actor that belongs elsewhere is stopped, and begins there without its state. */
  readonly swaps: boolean;
  /** True where an actor goes on when a handler throws. */
  readonly resumes: boolean;
  /** True where a reply waits until standbys have the state that it came of. */
  readonly acknowledges: boolean;
}

/** A life as the judge reads it. */
export class LifeRecord {
  readonly settings: LifeSettings;
  /** The calls that ended. */
  readonly outcomes: readonly Outcome[];
  /** All calls, with those that their node's death left without an end. */
  readonly calls: readonly Outcome[];
  readonly events: readonly HistoryEvent[];
  readonly chronicle: Chronicle;
  readonly presence: Presence;
  readonly hosts: ReadonlyMap<string, readonly Host[]>;

  constructor(
    settings: LifeSettings,
    outcomes: readonly Outcome[],
    events: readonly HistoryEvent[],
    unended: readonly Outcome[] = [],
  ) {
    this.settings = settings;
    this.outcomes = outcomes;
    this.calls = [...outcomes, ...unended];
    this.events = events;
    this.chronicle = new Chronicle(events);
    this.presence = new Presence(this.chronicle);
    this.hosts = hostsById(events);
  }

  /** An instant of the history as a trace shows it. */
  atMs(instant: number): string {
    return `${(instant - startAtMs).toFixed(2)} ms`;
  }
}
