/*
 * A thread of a node, as the demo names it.
 * Without it each file would compare nodes and threads in its own way.
 */
/** A worker thread of a node. */
export interface Place {
  readonly node: string;
  readonly thread: number;
}

/** Whether both are the same thread of the same node. */
export function samePlace(one: Place, other: Place): boolean {
  return one.node === other.node && one.thread === other.thread;
}
