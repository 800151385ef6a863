/** The part of consistent-hash 1.2.2 that we call; the package ships no types. */
declare module "consistent-hash" {
  class ConsistentHash {
    constructor(options: { readonly range: number });
    /** Adds a node at explicit points; the points are copied. A point that is taken goes to the later node. */
    add(node: string, weight: number, points: readonly number[]): this;
    /** The node at or after the key's location, clockwise; null on an empty ring. */
    get(key: string): string | null;
    /** The first `count` distinct nodes from the key's location on, clockwise; null on an empty ring. */
    get(key: string, count: number): string[] | null;
  }
  export = ConsistentHash;
}
