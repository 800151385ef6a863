/*
 * Names everything that the lives of the campaign are to do and to suffer, and counts it.
 * Without the list nobody would see that an act has not been done for weeks.
 */

/** What the lives do and suffer, each in words. A campaign of 1,000 lives or more that never does one of them fails. */
export const acts = {
  tell: "a message is told",
  ask: "an ask",
  shortAsk: "an ask that waits some milliseconds at most",
  pass: "an actor tells another one",
  consult: "an actor asks another one",
  later: "a timer is set",
  found: "an actor starts another one",
  burst: "60 messages at once to one actor",
  ready: "a user waits for room after a `tell` returned false",
  flood: "a handler tells another actor 12 messages, and waits for room when `tell` returns false",
  quiet: "nobody does anything for one or two minutes",
  job: "an actor runs a job",
  failingJob: "a job throws",
  bigState: "a state grows to some 100 KB",
  start: "a user starts an actor",
  startAtOnce: "three nodes start one id at once",
  temporary: "an actor is started that is never restarted",
  transient: "an actor is started that is restarted after crashes only",
  pinned: "an actor is started that may run on one or two nodes only",
  batch: "a batch of actors is started",
  rolledBack: "a batch fails and is rolled back",
  batchTimedOut: "a batch ends at its `timeoutMs`",
  batchAborted: "a batch ends by its `signal`",
  stop: "a user stops an actor",
  retire: "an actor stops itself",
  move: "one actor is to move",
  moveAll: "a batch of actors is to move",
  join: "a node joins",
  leave: "a node leaves",
  restart: "a node that was down starts again",
  drain: "a node drains and stays",
  drainInCut: "a node drains while the network is cut",
  drainForced: "a drain ends by force what is left at its deadline",
  rename: "a node that is alone takes another name",
  resetClusterSize: "an operator says how many nodes there are",
  fail: "a handler throws",
  slowHandler: "a handler takes up to 1 s, one in ten up to 6 s",
  slowInit: "an `init` takes up to 2 s, or longer than it may",
  failedStart: "an `init` fails, as those of all nodes or of one do for up to 4 s",
  hookThrows: "a handler of an event throws, or rejects",
  alterThrows: "a change of `childStart` throws",
  killThread: "a thread dies",
  blockThread: "a thread computes for up to 8 s",
  crash: "a node dies",
  freeze: "a node stands still for up to 6 s",
  hiccup: "a node stands still for less than a second",
  suspend: "a machine is suspended for up to 6 s: its monotonic clock stands still",
  namesake: "a second process of a node's name starts",
  namesakeRefused: "it is refused, since the first one is alive",
  replaced: "it takes the place of one that stands still, which wakes later",
  wrongClock: "a node begins with a clock that is up to four hours off, and up to 1 % too fast or too slow",
  otherTimes: "a node begins with heartbeats, silences and times of delivery half or twice as long as others'",
  clockJump: "the wall clock of a node is set up to four hours forward or back",
  clockStop: "the wall clock of a node stands still for up to 4 s",
  cut: "the network is cut in two",
  oneWayCut: "the network is cut one way",
  lateDatagram: "a copy of a datagram comes up to 3 minutes late",
  pastLife: "such a copy is of, or for, a life of a node that is over",
  prepare: "a state travels by `handoff.prepare`",
  restore: "a state comes by `handoff.restore`",
  prepareFails: "`handoff.prepare` throws",
  restoreFails: "`handoff.restore` throws",
  started: "`started` runs",
  stopping: "`stopping` runs, and takes up to 100 ms",
  signal: "a replica hears its mode by `signal`",
  conflict: "two duplicates meet, and `conflict` makes one state of two",
  conflictFails: "`conflict` throws",
  guests: "actors that nobody started are written to, got, moved and ended, from several nodes at once",
  wardens: "the actor of a node is told and asked something, by the name of the node",
  whenPossible: "a start that waits where no node has the kind, and runs when one has it",
  waitedForKind: "such a start waited for a node with its kind",
  waitStopped: "such a start is withdrawn by a stop",
  deploy: "a node starts again, and which kinds it has, and in which version, is drawn anew",
  upgrade: "a state goes up to a newer build",
  downgrade: "a state goes down to an older build",
  resumedByMove: "`resumed` runs after a move",
  resumedByTakeOver: "`resumed` runs after a take-over from a standby",
  stream: "a stream is read to its end",
  streamCut: "a stream is cut, and its reader opens another one from there",
  streamBroken: "a reader breaks off",
  streamAborted: "a reader aborts a stream",
  streamDry: "a generator throws",
  streamBetweenActors: "an actor reads a stream of another one",
  waitForAnswer: "an ask whose answer is put off",
  waitAborted: "its asker aborts it",
  waitBadly: "a handler throws after it put its answer off",
  replyLater: "an actor gives answers that it owes",
  refuseLater: "it refuses them",
  waitBetweenActors: "an actor asks another one that puts its answer off",
  owedMoved: "an actor that owes answers moves",
  owedTakenOver: "one goes on from a standby",
  emit: "an actor emits events",
  emitFlood: "an actor emits 1,500 events at once",
  subscribe: "a node listens to an actor, from now on or from a number, and perhaps leaves again",
  subscribeBetweenActors: "an actor listens to another one",
  resync: "a node hears that events are missing",
  subscriptionEnded: "a node hears that the actor it listens to is gone",
  task: "an actor begins a task",
  taskFails: "a task throws",
  taskAborted: "an actor aborts a task, if it has it",
  concurrentAsk: "an ask that does not wait for a slow handler",
  concurrentChange: "one that changes the state beside others",
  watch: "an actor watches another one",
  unwatch: "it does no more",
  linkedChildren: "an actor starts some that end with it",
  parentStopped: "a user stops an actor that may have such children",
  every: "a timer is set that repeats",
  cron: "one that repeats by a cron expression",
  scheduleAt: "a timer of an instant is set",
  errand: "an ask goes over three actors, with a context of its own",
} as const;

/** The strategies that breaches are to come together with. */
export const companions = {
  majorityQuorum: "`majorityQuorum`",
  staticQuorum: "`staticQuorum`",
  dynamicQuorum: "`dynamicQuorum`",
  memoryLease: "a lease",
  passive: "passive replicas",
  activeActive: "replicas that all serve",
  gossip: "`gossip`",
  loadBalanced: "`loadBalanced`",
  guided: "`guided`",
} as const;

/** A strategy that breaches are to come together with. */
export type Companion = keyof typeof companions;

/** The breaches that are to come together with each of those strategies. */
export const breaches = { cut: "a cut", threadDeath: "a thread's death", standstill: "a standstill", drain: "a drain" } as const;

/** A breach that is to come together with those strategies. */
export type Breach = keyof typeof breaches;

/** The name of an act or trouble, or of a breach under a strategy. */
export type ActName = keyof typeof acts | `${Companion} ${Breach}`;

/** What the nemesis of a life may do, apart from faults of the network. */
export type NemesisAct =
  | ("fail" | "failingStarts" | "slowStarts" | "throwingHooks" | "killThread" | "blockThread")
  | "guests"
  | ("crash" | "freeze" | "hiccup" | "suspend" | "clockJump" | "clockStop" | "cut" | "namesake");

/** The ways in which a troupe of actors talks beside the ledgers of a life. */
export type Talk = "streams" | "answersLater" | "events" | "tasks" | "watches" | "timers";

const breachNames = Object.keys(breaches) as readonly Breach[];

/** All names, in order. */
export const actNames: readonly ActName[] = [
  ...(Object.keys(acts) as readonly (keyof typeof acts)[]),
  ...(Object.keys(companions) as readonly Companion[]).flatMap((companion) =>
    breachNames.map((breach) => `${companion} ${breach}` as const),
  ),
];

/** How often each act was done and each trouble came. */
export class ActCounts {
  readonly #times = new Map<ActName, number>();

  add(name: ActName, times = 1): void {
    this.#times.set(name, (this.#times.get(name) ?? 0) + times);
  }

  /** Adds all of another count. */
  addAll(other: ReadonlyMap<ActName, number>): void {
    for (const [name, times] of other) this.add(name, times);
  }

  /** By name; absent: never. */
  get times(): ReadonlyMap<ActName, number> {
    return this.#times;
  }
}
