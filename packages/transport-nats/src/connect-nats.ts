/**
 * A connection of the NATS client. What it adds to the library: one bound for all tries of the first connection, reconnecting for ever with
 * jitter after it, and errors that name the server and say what to do.
 */
import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  type NatsConnection,
  PermissionViolationError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import { type Clock, HubConfigError, HubError, NodeDown } from "@process-hub/protocol";
import type { NatsOptions } from "./nats-options.js";

/** A server that is silent this long three times over is gone: the client then looks for another. */
const pingIntervalMs = 2_000;
const reconnectWaitMs = 250;
const reconnectJitterMs = 500;

/** Connects, or rejects within `connectTimeoutMs`: `HubConfigError` for refused credentials and TLS, `NodeDown` when no server answers. */
export async function connectNats(options: NatsOptions, clock: Clock, name: string): Promise<NatsConnection> {
  const { servers, user, pass, token, authenticator, tls, connectTimeoutMs } = options;
  const given = Object.entries({ user, pass, token, authenticator, tls }).filter(([, value]) => value !== undefined);
  const connection = connect({
    ...(Object.fromEntries(given) as Pick<ConnectionOptions, "user" | "pass" | "token" | "authenticator" | "tls">),
    servers,
    name,
    noEcho: true,
    noAsyncTraces: true,
    timeout: connectTimeoutMs,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    reconnectJitterTLS: reconnectJitterMs,
    maxReconnectAttempts: -1,
    pingInterval: pingIntervalMs,
  });
  try {
    return await withinConnectTimeout(connection, options, clock);
  } catch (error) {
    connection.then(
      (late) => late.close(),
      () => {},
    );
    throw asHubError(error, options);
  }
}

/** What `step` resolves with; rejects with `NodeDown` when that takes longer than `connectTimeoutMs`. */
export function withinConnectTimeout<T>(step: Promise<T>, options: NatsOptions, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const { servers, connectTimeoutMs } = options;
    const timer = clock.setTimeout(
      () => reject(new NodeDown(`natsTransport: ${unreachable(options)} (nothing within ${connectTimeoutMs} ms)`, { servers })),
      connectTimeoutMs,
    );
    step.finally(() => timer.cancel()).then(resolve, reject);
  });
}

/** What the client threw, or closed with, as an error that says what to do. */
export function asHubError(error: unknown, options: NatsOptions): HubError {
  if (error instanceof HubError) return error;
  const servers = options.servers.join(", ");
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError)
    return new HubConfigError(
      `natsTransport: the NATS server at ${servers} refuses the credentials (${text}): check user and pass, token or authenticator`,
      { path: "transport", given: servers, allowed: "credentials that the server knows" },
      error,
    );
  if (error instanceof PermissionViolationError)
    return new HubConfigError(
      `natsTransport: the NATS server at ${servers} does not allow this user ${error.operation} on ${error.subject}: ` +
        `allow publish and subscribe on ${options.subjectPrefix}.>`,
      { path: "transport", given: error.subject, allowed: `publish and subscribe on ${options.subjectPrefix}.>` },
      error,
    );
  if (isTlsError(error))
    return new HubConfigError(
      `natsTransport: no TLS connection to the NATS server at ${servers} (${text}): check tls (ca, cert, key) against the server's settings`,
      { path: "transport", given: servers, allowed: "TLS options that fit the server" },
      error,
    );
  return new NodeDown(`natsTransport: ${unreachable(options)} (${text})`, { servers: options.servers }, error);
}

function unreachable({ servers }: NatsOptions): string {
  return `no NATS server answers at ${servers.join(", ")}: start one there, or correct servers`;
}

function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return /TLS|SSL|CERT|SIGNATURE|EPROTO/.test(code) || /\b(tls|ssl|certificate|PEM|doesn't exist)\b/i.test(error.message);
}
