import type { HubEventName } from "@process-hub/cluster";

/** The events of a hub that a history has beside messages: what a reader of a trace wants to see. */
export const notedEvents: readonly HubEventName[] = [
  "memberJoined",
  "memberLeft",
  "childStopped",
  "childRestarted",
  "childrenMoved",
  "deadLetter",
  "threadExited",
  "linkBroken",
  "conflict",
  "partitionChanged",
  "badFrame",
];
