import type { Epoch, PlaceId } from "@process-hub/protocol";
import type { Letter } from "./letter.js";

/** Sees what happens to messages, for a history that checkers read. There is none in production. */
export interface Observer {
  /** A sender made a letter; it is not on its way yet. */
  made(letter: Letter): void;
  /** A handler of the actor begins, at a place, under an epoch. */
  handling(letter: Letter, place: PlaceId, epoch: Epoch): void;
}
