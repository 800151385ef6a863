import type { Bytes, GoneReason, ListenerFrame, ResyncReason } from "@process-hub/protocol";

/** Events that follow on a number, for one who listens. */
export interface Told {
  readonly after: number;
  readonly term: string;
  readonly items: readonly [seq: number, payload: Bytes][];
}

/** Why nothing more comes. */
export type End = { readonly reason: GoneReason | "HubClosed"; readonly error?: Error | undefined };

/** Who listens to an event at a place: a function, a thread of the node, an actor. */
export interface Listener {
  /** It hears all that comes after this number. Called once, before anything else. */
  begun(after: number, term: string): void;
  /** Events, each with a number above those before. */
  heard(told: Told): void;
  /** Some are missing before those that come next, which follow on a number. */
  missed(reason: ResyncReason, after: number, term: string): void;
  /** All that there was by now has come: for one that asked for no more. */
  caughtUp?(): void;
  ended(end: End): void;
  /** True when it has enough for now: it hears no more until `hasRoom`. */
  readonly isFull: boolean;
}

/** How far a listener is. */
type Stage =
  /** It begins with the relation it is part of. */
  | "waits"
  /** Its place asked for what it has not heard. */
  | "asks"
  | "hears"
  | "full"
  | "over";

/**
 * One listener of a relation, and how far it has heard.
 * Without it one that begins late, or that was slow, could hear an event twice, or miss one without a word.
 */
export class EventMember {
  readonly listener: Listener;
  /** It hears what there is by now, and no more. */
  readonly once: boolean;
  stage: Stage = "waits";
  last: number | null;
  term: string | null;
  /** The question that asks for what it has not heard; 0: there is none. */
  call = 0;
  #begun = false;

  constructor(listener: Listener, since: number | null, term: string | null, once: boolean) {
    this.listener = listener;
    this.last = since;
    this.term = term;
    this.once = once;
  }

  /** It hears from here on. */
  begin(after: number, term: string): void {
    if (this.last === null) {
      this.last = after;
      this.term = term;
    }
    if (this.stage !== "over") this.stage = "hears";
    if (this.#begun) return;
    this.#begun = true;
    // A number that it was given may be one that the actor has not come to.
    this.listener.begun(Math.min(this.last, after), this.term ?? term);
  }

  /** Events come, of which it may have heard some. False: it has missed some, and its place is to ask for them. */
  take({ after, term, items }: Told, resync: ResyncReason | undefined): boolean {
    if (this.last === null || this.stage === "over") return true;
    const isOther = this.term !== null && this.term !== term;
    if (resync === undefined && !isOther && after > this.last) return false;
    // A number that a user gave, of no history, may be one that this actor has not come to.
    const isGap = isOther || (resync !== undefined && (after > this.last || (this.term === null && after < this.last)));
    // Where its number is ahead of the actor, the word of that comes next.
    if (this.term !== null || isGap || after >= this.last) this.term = term;
    if (isGap) {
      this.last = after;
      this.listener.missed(resync ?? "restarted", after, term);
    }
    const last = this.last;
    const news = items.filter(([seq]) => seq > last);
    const latest = news.at(-1)?.[0];
    if (latest === undefined) return true;
    this.last = latest;
    this.listener.heard({ after: last, term, items: news });
    if (this.listener.isFull && (this.stage as Stage) === "hears") this.stage = "full";
    return true;
  }

  /** What it has not heard yet, as its place asks for it. */
  question(frame: Omit<ListenerFrame & { type: "listen" }, "since" | "term" | "once" | "call">): ListenerFrame {
    return { ...frame, call: this.call, since: this.last, term: this.term, once: true };
  }
}
