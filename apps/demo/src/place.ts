/** A worker thread of a node. */
export interface Place {
  readonly node: string;
  readonly thread: number;
}

/** Whether both are the same thread of the same node. */
export function samePlace(one: Place, other: Place): boolean {
  return one.node === other.node && one.thread === other.thread;
}
