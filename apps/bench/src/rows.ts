/*
 * The rows of the benchmark, in the order of the table.
 * Without one list a row could be measured and never printed.
 */
import type { Row } from "./row.js";
import { acknowledgements } from "./rows/acknowledgements.js";
import { askAcross } from "./rows/ask-across.js";
import { growth } from "./rows/growth.js";
import { events, streams } from "./rows/items.js";
import { longestRounds } from "./rows/longest-rounds.js";
import { byTag, lookup } from "./rows/lookups.js";
import { memory } from "./rows/memory.js";
import { moves } from "./rows/moves.js";
import { nodeToNode } from "./rows/node-to-node.js";
import { askSame, tellSame } from "./rows/same-thread.js";
import { starts } from "./rows/starts.js";
import { tellAcross } from "./rows/tell-across.js";

/** All of them. */
export const rows: readonly Row[] = [
  ...[askAcross, tellAcross, askSame, tellSame, nodeToNode, growth],
  ...[starts, lookup, byTag, memory, moves, events, streams, acknowledgements, longestRounds],
];
