import {
  ActorCrashed,
  ActorStopped,
  AskTimeout,
  type ChildSpec,
  decode,
  type Epoch,
  encode,
  HandoffFailed,
  InvalidMessage,
  InvalidState,
  type Mode,
  toWireError,
} from "@process-hub/protocol";
import { CellContext } from "./cell-context.js";
import type { CellHost } from "./cell-host.js";
import type { Behaviour, Handler } from "./definition.js";
import { firstIssue } from "./first-issue.js";
import type { Letter, Mail } from "./letter.js";
import { Mailbox } from "./mailbox.js";
import { mergeStates } from "./merge-states.js";
import { Occupation } from "./occupation.js";
import { closeReply, openLetter } from "./open-letter.js";
import { RestartWindow } from "./restart-window.js";
import { ActorTimers, type FrozenTimer } from "./timers.js";
import { Told } from "./told.js";

/**
 * Where a cell is in its life. `loaded` has arrived and waits for the source's commit. `sealed` runs no handler and settles what
 * it has sent: mail still joins its mailbox, which has yet to leave. `sent` has left: mail is kept aside to follow it.
 * `stopping` runs its lifecycle's `stopping`, and handles no more. `passive` stands beside an actor that runs elsewhere: it handles nothing.
 */
export type CellPhase = "starting" | "passive" | "loaded" | "running" | "sealed" | "sent" | "stopping" | "ended";

/** What a cell is made with. */
export interface CellBirth {
  readonly spec: ChildSpec;
  readonly epoch: Epoch;
  readonly mode: Mode;
  readonly bornAtMs: number;
  /** The host hears of every change to the state. Default: it does not. */
  readonly watched?: boolean;
}

/** What an actor goes on from instead of its `init`: the state of a copy of it, as it is or as it travels. */
export type Origin = ({ readonly state: unknown } | { readonly wire: Uint8Array }) & { readonly timers: readonly FrozenTimer[] };

/** Runs one actor: its state, its mailbox, one handler at a time, restarts, and the two ends of a move. */
export class Cell {
  readonly host: CellHost;
  readonly behaviour: Behaviour;
  readonly spec: ChildSpec;
  readonly timers: ActorTimers;
  readonly mode: Mode;
  bornAtMs: number;
  readonly watched: boolean;
  epoch: Epoch;
  /** The highest epoch this place knows to be used up, reservations of failed moves included. */
  usedEpoch: Epoch;
  phase: CellPhase = "starting";
  /** True while the run queue holds this cell. */
  queued = false;
  /** The letter whose handler runs. */
  inHand: Letter | undefined;
  handlerSinceMs = 0;
  stuckReported = false;
  /** Whom it told, and when last: those must be flushed before it moves. */
  readonly told: Told;
  readonly #context: CellContext;
  readonly #mailbox: Mailbox;
  readonly #restarts: RestartWindow;
  readonly #occupation: Occupation;
  #state: unknown;
  #creating = false;
  #stopReason: string | undefined;
  #ending: Promise<void> | undefined;
  #frozen: FrozenTimer[] = [];
  /** How many wait to take the place of the next handler: until they had it, none begins. */
  #nextTurns = 0;
  /** Where the mail goes that is left at the end; without it, it is turned away. */
  #leaveMail: ((mail: Mail[]) => void) | undefined;

  constructor(host: CellHost, behaviour: Behaviour, birth: CellBirth) {
    this.host = host;
    this.behaviour = behaviour;
    this.spec = birth.spec;
    this.epoch = birth.epoch;
    this.usedEpoch = birth.epoch;
    this.mode = birth.mode;
    this.bornAtMs = birth.bornAtMs;
    this.watched = birth.watched === true;
    this.timers = new ActorTimers(host.clock, (name, payload) => this.#timerFired(name, payload));
    this.told = new Told(host.limits.deliveryMs);
    this.#context = new CellContext(this);
    this.#mailbox = new Mailbox(host);
    this.#restarts = new RestartWindow(host.limits.restartMax, host.limits.restartWithinMs);
    this.#occupation = new Occupation((busy) => {
      this.handlerSinceMs = host.now();
      this.stuckReported = false;
      host.busy(this, busy);
    });
  }

  get id(): string {
    return this.spec.id;
  }

  get waiting(): number {
    return this.#mailbox.waiting;
  }

  /** The state as it is: to be read, by those who check or copy it. */
  get state(): unknown {
    return this.#state;
  }

  /** How many letters wait to be handled here: those that a move takes along. */
  get letters(): number {
    return this.#mailbox.size;
  }

  get runnable(): boolean {
    return this.phase === "running" && !this.#occupation.busy && this.#nextTurns === 0 && this.#mailbox.size > 0;
  }

  /** Letters that wait, in order, without those kept aside. */
  get mailbox(): Iterable<Letter> {
    return this.#mailbox.letters;
  }

  get frozenTimers(): readonly FrozenTimer[] {
    return this.#frozen;
  }

  /**
   * Runs `init` (or goes on from a copy), `started` and `signal`. Throws, or rejects, what they throw; bad arguments are an
   * `InvalidMessage`, a bad first state an `InvalidState`. A passive copy is not `started` before it serves.
   */
  begin(origin?: Origin): void | Promise<void> {
    const created = this.#create(origin);
    if (!isPromise(created)) return this.#begun();
    const failed = (): void => {
      this.phase = "ended";
      this.timers.clear();
    };
    this.#occupation.begin(created, () => this.#begun(), failed);
    return created;
  }

  /** Takes mail that arrived for this cell's epoch: to the mailbox, or aside once it has left or while it is only loaded. */
  take(mail: Mail): void {
    if (this.phase === "sent" || this.phase === "loaded") this.#mailbox.putAside(mail);
    else if (mail.kind === "marker") this.host.flushed(mail);
    else if (this.phase === "ended") this.#mailbox.turnAway(mail, this.#stopped());
    else if (this.#mailbox.put(mail)) this.host.wake(this);
  }

  /** Handles the next letter. An async handler leaves the cell busy until it ends. */
  step(): void {
    const letter = this.#mailbox.next();
    if (letter === undefined) return;
    if (letter.expiresAtMs !== 0 && letter.expiresAtMs <= this.host.now()) {
      this.host.count("expired");
      return;
    }
    let opened: ReturnType<typeof openLetter>;
    try {
      opened = openLetter(letter, this.behaviour);
    } catch (error) {
      this.#mailbox.refuse(letter, error as InvalidMessage);
      return;
    }
    this.#handle(letter, opened.handler, opened.input);
  }

  /** Stops the cell after the handler in hand, without a deadline. */
  stopAfterHandler(reason: string): void {
    this.#stopReason ??= reason;
    if (this.inHand === undefined) this.#stopIfTold();
  }

  /**
   * Stops the cell: after the handler in hand, then `stopping`; by force at the deadline. Resolves when it has ended; rejects with
   * what `stopping` threw, or with `ActorStopped` when force was needed.
   */
  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.phase === "sent" || this.phase === "loaded") {
      throw new HandoffFailed(`actor ${this.id} is on its way to another place: stop it when it is there`, {
        id: this.id,
        step: "commit",
      });
    }
    const { clock } = this.host;
    const endAtMs = clock.now() + deadlineMs;
    this.#stopReason ??= reason;
    if (this.#occupation.busy) {
      this.#context.abort("the actor stops");
      const idle = await this.#occupation.idleWithin(clock, deadlineMs);
      if (!idle) throw this.#stopByForce(`its handler of ${this.inHand?.name ?? "start"}`, deadlineMs);
    }
    if (this.phase === "ended") return this.#ending;
    const ending = this.#end();
    let timer: { cancel(): void } | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = clock.setTimeout(() => resolve("late"), Math.max(0, endAtMs - clock.now()));
    });
    try {
      if ((await Promise.race([ending, late])) === "late") throw this.#stopByForce("its `stopping`", deadlineMs);
    } finally {
      timer?.cancel();
    }
  }

  /**
   * Stops the cell as `stop` does, for another copy of its actor goes on: gives up its state as it travels, and at its very end the mail
   * that is left. `final`: no handler was cut off. Rejects when it is on its way to another place, or its state cannot travel.
   */
  async surrender(
    deadlineMs: number,
    leaveMail: (mail: Mail[]) => void,
  ): Promise<{ readonly state: Uint8Array; readonly final: boolean }> {
    this.#leaveMail = leaveMail;
    let failed: unknown;
    try {
      await this.stop("conflict", deadlineMs);
    } catch (error) {
      failed = error;
    }
    if (this.phase !== "ended") {
      this.#leaveMail = undefined;
      throw failed;
    }
    const { handoff } = this.behaviour;
    const state = encode(handoff === undefined ? this.#state : await handoff.prepare(this.#state), "state");
    return { state, final: !(failed instanceof ActorStopped) };
  }

  /**
   * Takes over the state of another copy that has ended, by the lifecycle's `conflict`, between two handlers. Rejects with what that
   * throws, with `InvalidState`, with `AskTimeout` at the deadline, or with `HandoffFailed` when it does not run: then its state is as it was.
   */
  async reconcile(theirs: Uint8Array, deadlineMs: number): Promise<void> {
    const { clock } = this.host;
    const late = new AskTimeout(`actor ${this.id} did not merge with its other copy within ${deadlineMs} ms`, { id: this.id });
    const endAtMs = clock.now() + deadlineMs;
    this.#nextTurns++;
    try {
      while (this.#occupation.busy) if (!(await this.#occupation.idleWithin(clock, endAtMs - clock.now()))) throw late;
      if (this.phase !== "running")
        throw new HandoffFailed(`actor ${this.id} is ${this.phase}; only a running one merges`, { id: this.id, step: "load" });
      const side = { behaviour: this.behaviour, args: this.#args(), context: this.#context, checked: this.#checked.bind(this) };
      const merging = mergeStates(this.#state, theirs, side);
      const ended = (): void => {
        this.#context.handlerEnded();
        this.#stopIfTold();
      };
      let applied = false;
      const merged = (state: unknown): void => {
        this.#state = state;
        applied = true;
        ended();
      };
      this.#occupation.begin(merging, merged, ended);
      const timer = clock.setTimeout(() => this.#occupation.giveUp(), endAtMs - clock.now());
      await Promise.race([merging, this.#occupation.idleWithin(clock, deadlineMs)]).finally(() => timer.cancel());
      if (!applied) throw late;
    } finally {
      this.#nextTurns--;
      this.host.wake(this);
    }
  }

  /**
   * Handles no further letter. Resolves true when the handler in hand has ended, and its timers are frozen; false at the deadline,
   * and when the actor ends instead. It is for the caller to unseal it then.
   */
  async seal(deadlineMs: number): Promise<boolean> {
    if (this.phase !== "running") return false;
    this.phase = "sealed";
    const { clock } = this.host;
    const warning = this.#occupation.busy
      ? clock.setTimeout(() => this.#context.abort("the actor is to move"), deadlineMs / 2)
      : undefined;
    const idle = await this.#occupation.idleWithin(clock, deadlineMs);
    warning?.cancel();
    if (!idle || this.phase !== "sealed") return false;
    this.#frozen = this.timers.freeze();
    return true;
  }

  /**
   * The state as it travels; the cell is `sent` when it resolves, and its mailbox and timers are as they travel too.
   * Rejects with `NotSerializable`, or with what `handoff.prepare` throws: then the cell is still sealed.
   */
  async pack(): Promise<Uint8Array> {
    const { handoff } = this.behaviour;
    const state = encode(handoff === undefined ? this.#state : await handoff.prepare(this.#state), "state");
    if (this.phase !== "sealed") throw new ActorStopped(`actor ${this.id} ended while it was to move`, { id: this.id });
    this.phase = "sent";
    return state;
  }

  /** The move did not take place: goes on here under a fresh epoch, with what arrived meanwhile. */
  unseal(epoch: Epoch): void {
    if (this.phase !== "sealed" && this.phase !== "sent") return;
    this.epoch = epoch;
    this.phase = "running";
    this.#resume();
  }

  /** True when no handler is in hand, so that the state is whole. */
  get between(): boolean {
    return (this.phase === "running" || this.phase === "sealed" || this.phase === "stopping") && !this.#occupation.busy;
  }

  /** Gives the state as it travels, to a copy elsewhere; no handler begins while an async `handoff.prepare` makes it. */
  copy(taken: (state: Uint8Array) => void, failed: (error: unknown) => void): void {
    const { handoff } = this.behaviour;
    const take = (wire: unknown): void => {
      try {
        taken(encode(wire, "state"));
      } catch (error) {
        failed(error);
      }
    };
    const goOn = (): void => {
      this.#stopIfTold();
      this.host.wake(this);
    };
    try {
      const wire = handoff === undefined ? this.#state : handoff.prepare(this.#state);
      if (!isPromise(wire)) take(wire);
      else this.#occupation.begin(wire.then(take, failed), goOn, goOn);
    } catch (error) {
      failed(error);
    }
  }

  /** The move took place: this cell is over. Returns what waited, which has moved, and what arrived since, to be passed on in order. */
  depart(): { readonly moved: Letter[]; readonly arrivals: Mail[] } {
    this.phase = "ended";
    return { moved: this.#mailbox.drain(), arrivals: this.#mailbox.drainAside() };
  }

  /** Takes over the state and the mailbox of a parcel; the cell runs from `commit` on. */
  async load(state: Uint8Array, mailbox: readonly Letter[], timers: readonly FrozenTimer[]): Promise<void> {
    this.phase = "loaded";
    const wire = decode(state);
    const { handoff } = this.behaviour;
    const restored = handoff === undefined ? wire : await handoff.restore(wire, this.#args(), this.#context);
    this.#state = this.#checked(restored);
    this.#mailbox.load(mailbox);
    this.#frozen = [...timers];
  }

  /** The source has let go: what was loaded runs. `arrived`: it is new to this node, and hears of its mode. */
  commit(arrived = false): void {
    if (this.phase !== "loaded") return;
    this.phase = "running";
    if (arrived) this.#hear();
    this.#resume();
  }

  /** A cell that never ran is given up. Returns what had come for it: its mailbox too, unless that is still the source's. */
  discard(): Mail[] {
    const waited = this.phase === "loaded" ? [] : this.#mailbox.drain();
    this.phase = "ended";
    this.timers.clear();
    return [...waited, ...this.#mailbox.drainAside()];
  }

  schedule(key: string, delayMs: number, message: string, input: unknown): void {
    if (!Number.isFinite(delayMs) || delayMs < 0)
      throw new RangeError(`schedule: delayMs is ${delayMs}; give a number of at least 0`);
    const between = this.phase === "sealed" && !this.#occupation.busy;
    if (between || this.phase === "sent" || this.phase === "loaded" || this.phase === "ended") {
      throw new ActorStopped(`schedule: actor ${this.id} moves, or has ended; use \`ctx\` in its handlers only`, { id: this.id });
    }
    const payload = encode(input, "input");
    // A passive copy's timers wait until it is active.
    if (this.mode === "passive")
      this.#frozen = [...this.#frozen.filter((timer) => timer.key !== key), { key, inMs: delayMs, name: message, payload }];
    else this.timers.set(key, delayMs, message, payload);
  }

  noteTold(id: string): void {
    this.told.note(id, this.host.now());
  }

  waitForRoom(): Promise<void> {
    return this.#mailbox.waitForRoom();
  }

  #args(): unknown {
    const { args } = this.behaviour;
    if (args === undefined) return this.spec.args;
    let parsed = args.safeParse(this.spec.args);
    if (!parsed.success && this.spec.args === undefined) parsed = args.safeParse({});
    if (!parsed.success)
      throw new InvalidMessage(`args of actor ${this.spec.actor}: ${firstIssue(parsed.error)}`, { id: this.id });
    return parsed.data;
  }

  #checked(state: unknown): unknown {
    const parsed = this.behaviour.state.safeParse(state);
    if (!parsed.success)
      throw new InvalidState(`state of actor ${this.spec.actor}: ${firstIssue(parsed.error)}`, { id: this.id });
    return parsed.data;
  }

  #create(origin?: Origin): void | Promise<void> {
    this.#creating = true;
    try {
      const made = origin === undefined ? this.behaviour.init(this.#args(), this.#context) : this.#restored(origin);
      return isPromise(made) ? made.then((state) => this.#created(state)) : this.#created(made);
    } finally {
      this.#creating = false;
    }
  }

  #created(state: unknown): void | Promise<void> {
    if (this.phase === "ended") throw this.#stopped();
    this.#state = this.#checked(state);
    if (this.mode === "passive") return this.#signal();
    const started = this.behaviour.lifecycle.started?.(this.#state, this.#context);
    return isPromise(started) ? started.then(() => this.#signal()) : this.#signal();
  }

  #restored(origin: Origin): unknown {
    this.timers.thaw(origin.timers);
    if ("state" in origin) return origin.state;
    const wire = decode(origin.wire);
    return this.behaviour.handoff === undefined ? wire : this.behaviour.handoff.restore(wire, this.#args(), this.#context);
  }

  /** Tells the actor its mode, where the redundancy strategy has copies of that mode told. */
  #signal(): void | Promise<void> {
    const { signals } = this.host.limits;
    if (signals === "all" || signals === this.mode)
      return this.behaviour.lifecycle.signal?.(this.#state, this.mode, this.#context);
  }

  /** What `signal` throws after an arrival cannot undo it: it is logged. */
  #hear(): void {
    const failed = (error: unknown): void => {
      this.#context.handlerEnded();
      this.host.log("error", this.id, `signal of actor ${this.id} threw`, toWireError(error));
      this.host.wake(this);
    };
    const heard = (): void => {
      this.#context.handlerEnded();
      if (this.watched) this.host.changed(this, false);
      this.host.wake(this);
    };
    try {
      const hearing = this.#signal();
      if (isPromise(hearing)) this.#occupation.begin(hearing, heard, failed);
      else heard();
    } catch (error) {
      failed(error);
    }
  }

  #begun(): void {
    this.#context.handlerEnded();
    if (this.mode === "passive") {
      this.phase = "passive";
      return;
    }
    if (this.phase === "starting") this.phase = "running";
    else if (this.watched) this.host.changed(this, false);
    this.#stopIfTold();
    this.host.wake(this);
  }

  #resume(): void {
    this.timers.thaw(this.#frozen);
    this.#frozen = [];
    for (const mail of this.#mailbox.drainAside()) this.take(mail);
    this.#stopIfTold();
    this.host.wake(this);
  }

  #handle(letter: Letter, handler: Handler, input: unknown): void {
    this.inHand = letter;
    this.host.observer?.handling(letter, this.host.place, this.epoch);
    let result: unknown;
    try {
      result = handler.run(this.#state, input, this.#context);
    } catch (error) {
      this.#crashed(letter, error);
      return;
    }
    if (isPromise(result)) {
      this.#occupation.begin(
        result,
        (reply) => {
          this.#handled(letter, handler, reply);
          this.host.wake(this);
        },
        (error) => this.#crashed(letter, error),
      );
    } else this.#handled(letter, handler, result);
  }

  #handled(letter: Letter, handler: Handler, result: unknown): void {
    this.#letGo();
    this.host.count("handled");
    if (letter.ask !== 0) this.host.reply(letter, closeReply(letter, handler, result, this.spec.actor));
    if (this.watched) this.host.changed(this, false);
    this.#stopIfTold();
  }

  #crashed(letter: Letter, error: unknown): void {
    this.#letGo();
    this.host.count("handled");
    if (letter.ask !== 0) this.host.reply(letter, toWireError(error));
    this.#restart(error);
  }

  #letGo(): void {
    this.inHand = undefined;
    this.#context.handlerEnded();
  }

  #restart(error: unknown): void {
    for (let failure = error; this.#mayRestart(failure); ) {
      try {
        const created = this.#create();
        if (!isPromise(created)) this.#begun();
        else
          this.#occupation.begin(
            created,
            () => this.#begun(),
            (next) => this.#restart(next),
          );
        return;
      } catch (next) {
        failure = next;
      }
    }
  }

  /** False when it is not restarted: then it has ended, or is about to. */
  #mayRestart(error: unknown): boolean {
    this.timers.clear();
    this.#context.handlerEnded();
    if (this.#stopIfTold()) return false;
    const { restartMax, restartWithinMs } = this.host.limits;
    const tooMany = `crashed more than ${restartMax} times within ${restartWithinMs} ms and stays stopped`;
    const why =
      this.spec.restart === "temporary"
        ? "crashed and is temporary"
        : this.#restarts.admit(this.host.now())
          ? undefined
          : tooMany;
    if (why !== undefined) {
      this.#finish("crashed", new ActorCrashed(`actor ${this.id} ${why}`, { id: this.id }, error));
      return false;
    }
    this.host.count("restarts");
    this.host.restarted(this, toWireError(error));
    return true;
  }

  #timerFired(name: string, payload: Uint8Array): void {
    this.host.count("sent");
    const origin = this.host.place;
    const timer: Letter = {
      kind: "letter",
      to: this.id,
      epoch: this.epoch,
      name,
      payload,
      origin,
      sender: this.id,
      ask: 0,
      expiresAtMs: 0,
      via: null,
    };
    this.host.observer?.made(timer);
    this.take(timer);
  }

  /** Begins the end when it is due: someone said stop, and nothing is in hand. */
  #stopIfTold(): boolean {
    if (
      this.#stopReason === undefined ||
      this.#occupation.busy ||
      this.#creating ||
      this.phase === "sent" ||
      this.phase === "loaded"
    )
      return false;
    this.#end().catch((error: unknown) =>
      this.host.log("error", this.id, `stopping of actor ${this.id} threw`, toWireError(error)),
    );
    return true;
  }

  #end(): Promise<void> {
    return (this.#ending ??= this.#stopping(this.#stopReason ?? "stop"));
  }

  async #stopping(reason: string): Promise<void> {
    if (this.phase === "ended") return;
    this.phase = "stopping";
    this.timers.clear();
    try {
      const { stopping } = this.behaviour.lifecycle;
      if (stopping !== undefined) await stopping(this.#state, reason, this.#context);
      if (this.watched && this.between) this.host.changed(this, true);
    } finally {
      this.#finish(reason, undefined);
    }
  }

  #stopByForce(what: string, deadlineMs: number): ActorStopped {
    const error = new ActorStopped(`actor ${this.id} was stopped by force: ${what} did not end within ${deadlineMs} ms`, {
      id: this.id,
    });
    this.#context.abort("the actor was stopped by force");
    if (this.inHand !== undefined) this.#mailbox.refuse(this.inHand, error);
    this.#finish(this.#stopReason ?? "stop", undefined);
    return error;
  }

  #stopped(): ActorStopped {
    return new ActorStopped(`actor ${this.id} was stopped (${this.#stopReason ?? "gone"}) before it came to the message`, {
      id: this.id,
    });
  }

  #finish(reason: string, crash: ActorCrashed | undefined): void {
    if (this.phase === "ended") return;
    this.phase = "ended";
    this.timers.clear();
    this.#letGo();
    this.#occupation.giveUp();
    const left = [...this.#mailbox.drain(), ...this.#mailbox.drainAside()];
    if (this.#leaveMail === undefined) for (const mail of left) this.#mailbox.turnAway(mail, crash ?? this.#stopped());
    this.host.ended(this, reason, crash === undefined ? undefined : toWireError(crash));
    this.#leaveMail?.(left);
  }
}

function isPromise(value: unknown): value is Promise<unknown> & Promise<void> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
