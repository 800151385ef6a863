/*
 * Finds actors by their tag, their definition, their node, or a key of their metadata.
 * Without it each such question would look at all actors of the hub.
 */
import { type ActorId, BoundedMap, nodeOf, type RegistryRecord } from "@process-hub/protocol";
import { type EntryQuery, ownValue } from "./entry-query.js";

/** The most fields that are indexed at a time; of more, the one that was asked for longest ago is dropped. */
const maxFields = 16;
/** Stands for all lists and objects: they are told apart by whoever looks at the actors. */
const anyObject = Symbol("any object");

interface Source {
  ids(): Iterable<ActorId>;
  current(id: ActorId): RegistryRecord | undefined;
}

/** One field's values, and the actors that have each. */
class FieldIndex {
  readonly #read: (record: RegistryRecord) => unknown;
  readonly #byValue = new Map<unknown, Set<ActorId>>();
  readonly #values = new Map<ActorId, unknown>();

  constructor(read: (record: RegistryRecord) => unknown) {
    this.#read = read;
  }

  set(id: ActorId, record: RegistryRecord | undefined): void {
    const value = record === undefined ? undefined : keyOf(this.#read(record));
    const before = this.#values.get(id);
    if (value === before) return;
    const had = this.#byValue.get(before);
    had?.delete(id);
    if (had?.size === 0) this.#byValue.delete(before);
    if (value === undefined) {
      this.#values.delete(id);
      return;
    }
    this.#values.set(id, value);
    const have = this.#byValue.get(value);
    if (have === undefined) this.#byValue.set(value, new Set([id]));
    else have.add(id);
  }

  with(value: unknown): ReadonlySet<ActorId> {
    return this.#byValue.get(keyOf(value)) ?? new Set();
  }
}

/**
 * The actors by a field. A field is indexed when it is first asked for, which looks at every actor once; from then on each change costs a
 * little more, and each actor that has the field some 100 bytes. Who never asks pays nothing.
 */
export class RecordIndex {
  readonly #source: Source;
  readonly #fields = new BoundedMap<string, FieldIndex>(maxFields);

  constructor(source: Source) {
    this.#source = source;
  }

  /** The records of an actor have changed. */
  touch(id: ActorId): void {
    if (this.#fields.size === 0) return;
    const record = this.#source.current(id);
    for (const [, field] of this.#fields) field.set(id, record);
  }

  /** Actors among which are all that fit a query; undefined when it asks for nothing that can be indexed. */
  candidates({ actor, tag, metadata = {}, node }: EntryQuery): ReadonlySet<ActorId> | undefined {
    const sets: ReadonlySet<ActorId>[] = [];
    if (tag !== undefined) sets.push(this.#field("tag", ({ spec }) => spec.tag).with(tag));
    for (const [key, value] of Object.entries(metadata)) {
      if (value === undefined) continue;
      sets.push(this.#field(`metadata.${key}`, ({ spec }) => ownValue(spec.metadata, key)).with(value));
    }
    if (actor !== undefined) sets.push(this.#field("actor", ({ spec }) => spec.actor).with(actor));
    if (sets.length === 0 && node !== undefined) sets.push(this.#field("node", ({ place }) => nodeOf(place)).with(node));
    return sets.reduce<ReadonlySet<ActorId> | undefined>(
      (least, set) => (least !== undefined && least.size <= set.size ? least : set),
      undefined,
    );
  }

  #field(name: string, read: (record: RegistryRecord) => unknown): FieldIndex {
    const known = this.#fields.get(name);
    const field = known ?? new FieldIndex(read);
    if (known === undefined) for (const id of this.#source.ids()) field.set(id, this.#source.current(id));
    this.#fields.set(name, field);
    return field;
  }
}

function keyOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? anyObject : value;
}
