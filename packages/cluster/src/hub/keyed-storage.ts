/*
 * Small values of one node by key, in memory and in bounds, for the user's program.
 * Without it users would keep such values in module state, which grows without bound and outlives the hub.
 */
import { type Bytes, type Clock, decode, encode, HubClosed, HubConfigError, MailboxFull, shown } from "@process-hub/protocol";
import { z } from "zod";
import { parseOptions } from "../settings/config-error.js";
import { Sweeper } from "./sweeper.js";

/** How a value is kept. */
export interface KeepOptions {
  /** How long the value is kept. Default: until it is deleted, or the hub closes. */
  readonly ttlMs?: number | undefined;
}

/** The bounds of a storage. */
export interface StorageLimits {
  readonly keys: number;
  readonly bytes: number;
}

interface Kept {
  readonly bytes: Bytes;
  readonly endsAtMs: number;
}

const KeepOptionsSchema = z.strictObject({ ttlMs: z.number().positive().optional() });
const perKeyBytes = 64;

/**
 * Small values by key, each with an optional time to live: of this node alone, in memory, gone when the hub closes. Values are plain data
 * and copied both ways, so that a later change of the caller's object does not reach the stored one.
 */
export class KeyedStorage {
  readonly #clock: Clock;
  readonly #limits: StorageLimits;
  readonly #kept = new Map<string, Kept>();
  readonly #sweeper: Sweeper;
  #bytes = 0;
  #closed = false;

  constructor(clock: Clock, limits: StorageLimits, cleanUpIntervalMs: number) {
    this.#clock = clock;
    this.#limits = limits;
    this.#sweeper = new Sweeper(clock, cleanUpIntervalMs, (nowMs) => this.#clean(nowMs));
  }

  /** How many keys have a value. */
  get size(): number {
    return [...this.#living()].length;
  }

  /** How many bytes are held, including values whose time is over and that are not freed yet. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** A copy of the value; `undefined` when there is none, or its time is over. */
  get(key: string): unknown {
    const kept = this.#kept.get(checkedKey("get", key));
    return kept === undefined || this.#isOver(kept) ? undefined : decode(kept.bytes);
  }

  /** Keeps a value, in place of an earlier one. Throws `NotSerializable`, `MailboxFull` at the limit, `HubConfigError`, or `HubClosed`. */
  set(key: string, value: unknown, options: KeepOptions = {}): void {
    const { ttlMs } = parseOptions("storage.set", KeepOptionsSchema, options);
    checkedKey("set", key);
    if (this.#closed) throw new HubClosed(`hub.storage.set ${shown(key)}: the hub is closed`);
    const bytes = encode(value, "value");
    const nowMs = this.#clock.now();
    if (!this.#fits(key, bytes)) this.#clean(nowMs);
    if (!this.#fits(key, bytes)) {
      const { keys, bytes: most } = this.#limits;
      const text = `hub.storage.set ${shown(key)}: it holds ${this.#kept.size} keys and ${this.#bytes} bytes; its limits are ${keys} and ${most}`;
      throw new MailboxFull(`${text}: delete some, give values a ttlMs, or raise limits.storage`, { key });
    }
    this.#drop(key);
    this.#kept.set(key, { bytes, endsAtMs: ttlMs === undefined ? Number.POSITIVE_INFINITY : nowMs + ttlMs });
    this.#bytes += weight(key, bytes);
    if (ttlMs !== undefined) this.#sweeper.wake();
  }

  /** Forgets a value. True when there was one. */
  delete(key: string): boolean {
    const kept = this.#kept.get(checkedKey("delete", key));
    this.#drop(key);
    return kept !== undefined && !this.#isOver(kept);
  }

  /** Copies of all values with their keys, in the order they were set. */
  entries(): [key: string, value: unknown][] {
    return [...this.#living()].map(([key, { bytes }]) => [key, decode(bytes)]);
  }

  /** Forgets everything, and takes no more. */
  close(): void {
    this.#closed = true;
    this.#sweeper.close();
    this.#kept.clear();
    this.#bytes = 0;
  }

  *#living(): Generator<[string, Kept]> {
    for (const entry of this.#kept) if (!this.#isOver(entry[1])) yield entry;
  }

  #isOver({ endsAtMs }: Kept): boolean {
    return endsAtMs <= this.#clock.now();
  }

  #fits(key: string, bytes: Bytes): boolean {
    const before = this.#kept.get(key);
    const held = this.#bytes - (before === undefined ? 0 : weight(key, before.bytes));
    const keys = this.#kept.size + (before === undefined ? 1 : 0);
    return keys <= this.#limits.keys && held + weight(key, bytes) <= this.#limits.bytes;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= weight(key, kept.bytes);
  }

  /** Frees the values whose time is over. True while others with a time to live are left. */
  #clean(nowMs: number): boolean {
    let aging = false;
    for (const [key, { endsAtMs }] of this.#kept) {
      if (endsAtMs <= nowMs) this.#drop(key);
      else if (endsAtMs < Number.POSITIVE_INFINITY) aging = true;
    }
    return aging;
  }
}

function weight(key: string, bytes: Bytes): number {
  return key.length * 2 + bytes.byteLength + perKeyBytes;
}

function checkedKey(call: string, key: unknown): string {
  if (typeof key === "string" && key.length > 0 && key.length <= 512) return key;
  const allowed = "a text of 1 to 512 characters";
  throw new HubConfigError(`hub.storage.${call}: a key is ${allowed}; given: ${shown(key)}`, {
    path: "key",
    given: shown(key),
    allowed,
  });
}
