import { isIPv6 } from "node:net";
import type { Authenticator } from "@nats-io/transport-node";
import { HubConfigError, urlOf, wrongOption } from "@process-hub/protocol";
import { z } from "zod";

const secret = (allowed: string) => z.string(allowed).min(1, allowed).optional();
const file = z.string("takes a text");
const Server = z.string().refine(isServer);
const serversText = 'takes "host:port", "nats://host:port" or "tls://host:port", or a list of them, without user and password';
const prefixText = "takes tokens of letters, digits, underscores and hyphens with dots between them, at most 200 characters";

/**
 * The options of `natsTransport`: where the servers are, and what they ask of a client.
 * Without this check a wrong option would show as a connection that fails, long after the line that gave it.
 */
export const NatsOptions = z.strictObject({
  /** One server, or several of one NATS cluster. */
  servers: z
    .union([Server, z.array(Server).min(1)], serversText)
    .default("127.0.0.1:4222")
    .transform((servers) => (typeof servers === "string" ? [servers] : servers)),
  /** The first tokens of all subjects: nodes that should meet give the same. */
  subjectPrefix: z
    .string(prefixText)
    .regex(/^[\w-]+(\.[\w-]+)*$/, prefixText)
    .max(200, prefixText)
    .default("process-hub"),
  user: secret("takes the user's name"),
  pass: secret("takes the user's password"),
  token: secret("takes the server's token"),
  /** For NKeys, JWTs and credentials files: what `credsAuthenticator` and its kin return. */
  authenticator: z
    .custom<Authenticator | Authenticator[]>(
      (value) => [value].flat().every((one) => typeof one === "function"),
      "takes what credsAuthenticator, jwtAuthenticator or nkeyAuthenticator returns, or a list of them",
    )
    .optional(),
  /** The client's TLS options, and those of Node's `tls.connect`. Null: never TLS. */
  tls: z
    .looseObject(
      {
        handshakeFirst: z.boolean("takes true or false").optional(),
        certFile: file.optional(),
        cert: file.optional(),
        caFile: file.optional(),
        ca: file.optional(),
        keyFile: file.optional(),
        key: file.optional(),
      },
      "takes the TLS options of the client, or null",
    )
    .nullable()
    .optional(),
  /** How long `open` tries, over all servers. */
  connectTimeoutMs: z.number("takes milliseconds above 0").positive("takes milliseconds above 0").default(5_000),
  /** How many bytes may be on their way to the server before more is dropped. Half of it is the largest payload that the transport carries; the same on all nodes, and 2 MiB or more for a hub. */
  maxUnsentBytes: z
    .int("takes a whole number above 0")
    .positive("takes a whole number above 0")
    .default(64 * 1024 * 1024),
});
export type NatsOptions = z.infer<typeof NatsOptions>;

/** Settings whose values may be told. All else is a secret, or may hold one. */
const tellable = new Set(["subjectPrefix", "connectTimeoutMs", "maxUnsentBytes"]);

/** The options with their defaults. Throws `HubConfigError` with path, given and allowed; no secret is in it. */
export function parseNatsOptions(given: unknown, owner = "natsTransport"): NatsOptions {
  const parsed = NatsOptions.safeParse(given);
  if (!parsed.success) throw badOption(owner, given, parsed.error.issues[0]);
  const { servers, tls } = parsed.data;
  const encrypted = servers.some((server) => server.startsWith("tls://"));
  if (encrypted && tls === null)
    throw configError(owner, "tls", "null", "TLS options, or none, when a server is given as tls://");
  return encrypted ? { ...parsed.data, tls: tls ?? {} } : parsed.data;
}

function badOption(owner: string, given: unknown, issue: z.core.$ZodIssue | undefined): HubConfigError {
  const { path, allowed } = wrongOption(issue, given, NatsOptions, "");
  if (path === "") return configError(owner, "options", shown(given, false), "an object of options");
  const field = path.split(".")[0] ?? "";
  const value = (given as Readonly<Record<string, unknown>>)[field];
  if (field === "servers") return configError(owner, path, servers(value), serversText);
  return configError(owner, path, shown(value, tellable.has(field)), allowed);
}

function configError(owner: string, path: string, given: string, allowed: string): HubConfigError {
  return new HubConfigError(`${owner}: ${path}: given ${given}, allowed: ${allowed}`, { path, given, allowed });
}

/** A user and a password stand before an "@". */
function servers(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.includes("@") ? "one with a user or a password" : text;
}

function shown(value: unknown, tell: boolean): string {
  if (tell) return JSON.stringify(value) ?? String(value);
  return value === undefined
    ? "nothing"
    : value === null
      ? "null"
      : Array.isArray(value)
        ? "a list"
        : `a value of type ${typeof value}`;
}

/** Whether the client can make an address of it. It would say no more than "Invalid URL", and of a path or a query nothing at all. */
function isServer(text: string): boolean {
  const [, host = ""] = /^(?:(?:nats|tls):\/\/)?([^\s@/\\?#,]+)\/?$/.exec(text) ?? [];
  if (isIPv6(host)) return true;
  const url = urlOf(`http://${host}`);
  return url !== undefined && url.port !== "0";
}
