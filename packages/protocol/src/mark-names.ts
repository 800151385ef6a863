/**
 * The rare paths that a campaign of simulated lives is to take, each with what the campaign owes it.
 * Without the list nobody would see that a path has not run for weeks, and a mark with a slip in its name would count nothing.
 */

/** Every mark: `must`: a campaign that never comes by fails; `may`: it is counted and shown. */
export const marks = {
  /** An actor that was sealed for a move runs on where it was. */
  moveTakenBack: "must",
  /** An actor whose move had been committed came back to its source. */
  moveReturned: "must",
  /** A duplicate yielded to the one that goes on. */
  duplicateYielded: "must",
  /** An actor restarted too often and was given up. */
  restartsUsedUp: "may",
  /** An actor left with its node though not all it had sent was known to have arrived. */
  leftUnsettled: "may",
  /** A handler was given up at a deadline, and what it came to was dropped. */
  workGivenUp: "may",
  /** A message went back to its sender: its actor was not where the route led. */
  bounced: "must",
  /** A message was passed on by a second place on its way. */
  forwardedTwice: "must",
  /** The marker of a hold was not answered in time, and was sent again. */
  markerResent: "must",
  /** A message that came back from a duplicate that yielded was sent to the other at once. */
  sentAgain: "must",
  /** A route took a new place after one on its way was lost sight of, and told that place so. */
  wayLost: "must",
  /** A message that had been passed on came after its sender had begun to write straight, and was refused. */
  stalePathRefused: "may",
  /** A fenced node dropped what it would have sent back. */
  fencedBounce: "must",
  /** A lookup that named nothing but gone places was given up. */
  lookupGivenUp: "may",
  /** Mail for an actor that nobody had started, or that had ended, started it. */
  autoStarted: "must",
  /** An actor that somebody wanted to get was about to end, or between two lives: it was looked for again. */
  getLookedAgain: "may",
  /** A forwarding entry ended: all that it had passed on had arrived. */
  forwardingExpired: "must",
  /** A change to what is told of an actor followed it: it was on its way, or between two lives. */
  updateFollowedOn: "may",
  /** Nothing leads to a node that leaves any more. */
  evacuated: "must",
  /** A link to another node began anew, as the peer had lost its session. */
  linkBegunAnew: "must",
  /** A link sent again what was not acknowledged in time. */
  linkRetried: "must",
  /** A node that a member knows was greeted in vain until it was given up. */
  memberNeverMet: "must",
  /** A question to another node was too large, and went in halves. */
  requestHalved: "may",
  /** The end of an actor was said again, to a node that had missed it. */
  endRepeated: "must",
  /** A node asked an author for changes that it had missed. */
  registryRepaired: "must",
  /** A node told another what an author that is gone had said last. */
  lastRecordsShared: "must",
  /** Where an actor is was asked of the node that admits its id. */
  lookupAsked: "must",
  /** A sender waited for an actor that had no place just then. */
  lookupWaited: "must",
  /** A node stopped serving, and kept its actors. */
  servingKept: "must",
  /** A node stopped serving, and ended its actors. */
  servingStopped: "must",
  /** A node served on while no quorum agreed with it. */
  servingAlone: "must",
  /** A node that had stopped serving served again. */
  servingReturned: "must",
  /** A node that had slept past its lease was fenced. */
  fenced: "must",
  /** The node that admitted an id had its actor started elsewhere. */
  startHandedOn: "must",
  /** The node that was to admit an id waited for news of others, and another one was to by then. */
  startPassedOn: "may",
  /** An actor that is to run again could not be started, and waits for its next try. */
  startFailedAndWaits: "may",
  /** A start that no node could take waits for one that can. */
  startAwaitsNode: "may",
  /** A node tried to start such an actor on another node. */
  startTriedElsewhere: "may",
  /** A thread did not answer a start, which went to another thread. */
  startTriedOnAnotherThread: "may",
  /** An actor was stopped before its start was known. */
  stoppedBeforeItsStartWasKnown: "may",
  /** Registered and running were not one, after a trouble, and the host put that right. */
  inventoryMended: "may",
  /** A start waited for the next life of a thread. */
  startAwaitedThread: "may",
  /** An actor had ended before its start was registered. */
  endedBeforeItsStartWasKnown: "may",
  /** An actor that was to move had moved already, and was looked for again. */
  moveFollowedOn: "must",
  /** Members changed during a redistribution: what had gone to one of them went on from there. */
  redistributionFollowed: "may",
  /** An actor that was to stop was on its way, and was looked for again. */
  stopFollowedOn: "must",
  /** A cold swap failed at its target, and the actor began again at its source. */
  swapTakenBack: "must",
  /** An actor that was handed over to a node never ran there. */
  arrivalLost: "may",
  /** A node started what a dead node had run. */
  orphanAdopted: "must",
  /** A node told the owner about an orphan that the owner may not have known. */
  orphanOffered: "must",
  /** The registrar of an orphan had it started on another node. */
  orphanPlacedElsewhere: "must",
  /** An actor was told to go on above the epoch of another life of it. */
  epochRaised: "must",
  /** Two lives of an actor met, and one of them ended. */
  duplicateResolved: "must",
  /** Two lives of an actor had as many restarts: their nodes said how much each had handled. */
  historiesCompared: "must",
  /** A duplicate was not ended, as the node of the other life did not say that it has it. */
  duplicateUnconfirmed: "must",
  /** A target's answer came to a move that had been given up. */
  lateHandoffAnswer: "must",
  /** A node that might not serve gave up a move that its target had loaded. */
  fencedMove: "must",
  /** An actor that its source had committed was not at its target: it was reported lost. */
  committedArrivalMissing: "must",
  /** An arrival was replaced by an order to start its actor under a later epoch. */
  arrivalSuperseded: "may",
  /** An active replica became its actor. */
  activeReplicaPromoted: "must",
  /** An actor went on from the state that a passive replica had kept. */
  passiveReplicaPromoted: "must",
  /** An actor could not go on from the state of its replica, and began anew. */
  replicaUnusable: "may",
  /** An actor began when another life of it had ended at the same thread. */
  startedAfterEnding: "may",
  /** An actor stopped, and its followers did not confirm its last state in time. */
  lastStateUnconfirmed: "must",
  /** An actor stopped to start elsewhere, and messages it had sent did not arrive in time: they were refused. */
  lastMessagesRefused: "may",
  /** Asks of unrelated callers waited for each other, and one of them was refused. */
  askCycle: "may",
  /** A turn did not begin, since the node might not serve. */
  turnFenced: "must",
} as const satisfies Readonly<Record<string, "must" | "may">>;

/** The name of one mark. */
export type MarkName = keyof typeof marks;

/** All names, in the order of the list. */
export const markNames: readonly MarkName[] = Object.keys(marks) as MarkName[];

/** The marks that a campaign must have reached at least once. */
export const mustReach: readonly MarkName[] = markNames.filter((name) => (marks[name] as "must" | "may") === "must");
