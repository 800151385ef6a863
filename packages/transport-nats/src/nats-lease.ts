/**
 * The partition strategy whose lease is a key in a JetStream bucket. What it adds to the library's key-value store: a compare-and-set that holds on a stream
 * with replicas, reads from the stream's leader, and errors that say what to do.
 * Without it an even split, or a cut of two nodes, could be served by neither side or by both.
 */
import { JetStreamApiError, type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { HubConfigError } from "@process-hub/protocol";
import {
  type ArbiterContext,
  defineStrategy,
  type LeaseRecord,
  type LeaseStore,
  type LeaseWrite,
  leaseArbiter,
  type PartitionStrategy,
  type StoredLease,
} from "@process-hub/strategies";
import { z } from "zod";
import { asHubError, type Caller, connectNats } from "./connect-nats.js";
import { type NatsOptions, parseNatsOptions } from "./nats-options.js";

const key = "lease";

/** The part of `natsLease`'s options that all nodes of a hub give alike. */
const NatsLeaseSettings = z.strictObject({
  /** The key-value bucket is named after it and the hub; made when it is not there, and for nothing else. */
  bucket: z
    .string()
    .regex(/^[-\w]{1,64}$/)
    .default("process-hub")
    .describe("1 to 64 letters, digits, underscores and hyphens"),
  /** How long a renewal lasts: after it another node may take the lease of one that is gone. The pause is somewhat longer: docs/partitions.md has the sum. */
  ttlMs: z.int().min(1_000).max(3_600_000).default(5_000).describe("a whole number of milliseconds from 1000 to 3600000"),
  /** On how many servers the bucket is kept, when it is made: 3 survive the loss of one. */
  replicas: z.int().min(1).max(5).default(1).describe("a whole number from 1 to 5"),
  /** Whether actors are stopped, or kept in memory without running, while a node does not serve. */
  whilePaused: z.enum(["stop", "freeze"]).default("stop").describe('"stop" or "freeze"'),
});
type NatsLeaseSettings = z.output<typeof NatsLeaseSettings>;

/** What `natsLease` takes: the lease, and the servers as `natsTransport` takes them. All have defaults. */
export type NatsLeaseOptions = z.input<typeof NatsLeaseSettings> &
  Omit<z.input<typeof NatsOptions>, "subjectPrefix" | "maxUnsentBytes">;

const lease = defineStrategy({
  family: "partition",
  name: "natsLease",
  settings: NatsLeaseSettings,
  memory: z.null(),
  decide: ({ whilePaused }) => ({ initialMemory: null, remember: () => null, verdict: () => "serve", whilePaused }),
});

const caller: Caller = {
  name: "natsLease",
  path: "partitionTolerance",
  permissions: "publish on $JS.API.> and $KV.>, and subscribe on _INBOX.>",
};

/**
 * A side of a cut serves while a node that all of it hears holds the lease: a key that the NATS servers agree on. So one side serves at most,
 * however the nodes are cut, how many there are, and whoever joins meanwhile; and none while the holder's servers have no quorum.
 *
 * The hub's start waits for the lease, `ttlMs` where nobody has it. When the holder dies nobody serves until its lease has run out and
 * the others have agreed, some `ttlMs + suspectAfterMs` later; when it leaves another member is given it at once. It has a connection of its own, so the hub may use any transport.
 *
 * `createHub` rejects with `HubConfigError` for refused credentials or servers without JetStream, `NodeDown` when no server answers.
 *
 * @throws HubConfigError for a wrong option, with `path`, `given` and `allowed`
 * @example createHub({ id: "shop", partitionTolerance: natsLease({ servers: ["nats-1:4222", "nats-2:4222"], replicas: 3 }) })
 */
export function natsLease(options: NatsLeaseOptions = {}): PartitionStrategy {
  const { bucket, ttlMs, replicas, whilePaused, ...connection } = options;
  const given = Object.entries({ bucket, ttlMs, replicas, whilePaused }).filter(([, value]) => value !== undefined);
  const strategy = lease(Object.fromEntries(given));
  const nats = parseNatsOptions(connection, "natsLease");
  const arbiter = leaseArbiter({ ttlMs: strategy.settings.ttlMs, store: (about) => openStore(nats, strategy.settings, about) });
  return Object.freeze({ ...strategy, arbiter });
}

async function openStore(nats: NatsOptions, settings: NatsLeaseSettings, about: ArbiterContext): Promise<LeaseStore> {
  const { hub, node, clock } = about;
  const connection = await connectNats(nats, clock, `process-hub lease ${hub} ${node}`.slice(0, 200), caller);
  const store = new KeyStore(connection, settings, hub);
  try {
    await store.bucket();
  } catch (thrown) {
    const error = thrown instanceof Error && thrown.cause instanceof PermissionViolationError ? thrown.cause : thrown;
    if (!isForGood(error)) return store;
    await connection.close();
    throw error instanceof PermissionViolationError ? asHubError(error, nats, caller) : unfit(nats, error);
  }
  return store;
}

/** True for an error that no later try would change. A try fails for a while only when servers find each other, the stream has no leader, or a cut is between. */
function isForGood(error: unknown): boolean {
  if (error instanceof JetStreamApiError && error.code === noPeers) return false;
  if (error instanceof JetStreamApiError) return error.status < 500 || error.code === noJetStream || error.code === noCluster;
  return error instanceof PermissionViolationError || (error instanceof Error && error.name === "JetStreamNotEnabled");
}
const noPeers = 10_005;
const noJetStream = 10_039;
const noCluster = 10_074;

function unfit({ servers }: NatsOptions, error: unknown): HubConfigError {
  const given = servers.join(", ");
  const text = error instanceof Error ? error.message : String(error);
  return new HubConfigError(
    `natsLease: the NATS server at ${given} cannot keep the lease (${text}): enable JetStream on it, and give replicas as it has servers`,
    { path: "partitionTolerance", given, allowed: "servers with JetStream" },
    error,
  );
}

const Stored: z.ZodType<LeaseRecord> = z.strictObject({
  holder: z.string(),
  by: z.string(),
  write: z.int(),
  term: z.int().nonnegative(),
});

class KeyStore implements LeaseStore {
  readonly #connection: NatsConnection;
  readonly #settings: NatsLeaseSettings;
  readonly #name: string;
  readonly #jetstream: JetStreamClient;
  #bucket: KV | undefined;

  constructor(connection: NatsConnection, settings: NatsLeaseSettings, hub: string) {
    this.#connection = connection;
    this.#settings = settings;
    // A bucket's name has no dots.
    this.#name = `${settings.bucket}-${hub.replaceAll("_", "__").replaceAll(".", "_d")}`;
    this.#jetstream = jetstream(connection, { timeout: settings.ttlMs / 4 });
  }

  /** The bucket, made if need be. */
  async bucket(): Promise<KV> {
    const { replicas } = this.#settings;
    // Direct reads are answered by any replica: they would be older than need be.
    this.#bucket ??= await new Kvm(this.#jetstream).create(this.#name, { history: 1, replicas, allow_direct: false });
    return this.#bucket;
  }

  async read(): Promise<StoredLease> {
    const entry = await (await this.bucket()).get(key);
    if (entry === null) return { revision: 0 };
    return { revision: entry.revision, record: entry.operation === "PUT" ? parsed(entry.string()) : undefined };
  }

  /**
   * Names the last sequence of the stream, which all its servers check as they apply the write. The library's own update names that of the key, which is checked
   * by the leader alone and before it knows what else is on the way: on a stream with replicas of server 2.9.10 it let two writers through.
   */
  async write({ expected, record }: LeaseWrite): Promise<number | undefined> {
    try {
      await this.bucket();
      const expect = { lastSequence: expected };
      const { seq } = await this.#jetstream.publish(`$KV.${this.#name}.${key}`, JSON.stringify(record), { expect });
      return seq;
    } catch (error) {
      if (error instanceof JetStreamApiError && wrongRevision.has(error.code)) return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
const wrongRevision: ReadonlySet<number> = new Set([10_071, 10_164]);

function parsed(text: string): LeaseRecord | undefined {
  try {
    return Stored.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
