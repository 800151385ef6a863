/*
 * The events of a hub that a history records beside messages.
 * Without it a trace would be silent about moves, deaths and conflicts, or full of noise.
 */
import type { HubEventName } from "@process-hub/cluster";

/** The names of the events that a history records. */
export const notedEvents: readonly HubEventName[] = [
  "memberJoined",
  "memberLeft",
  "childRegistered",
  "childStopped",
  "childUnregistered",
  "childRestarted",
  "stateLost",
  "startFailing",
  "childrenMoving",
  "childrenMoved",
  "deadLetter",
  "threadExited",
  "linkBroken",
  "conflict",
  "partitionChanged",
  "badFrame",
  "replaced",
];
