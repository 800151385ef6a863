/**
 * A connection of the NATS client. What it adds to the library: one bound for all tries of the first connection, reconnecting for ever with
 * jitter after it, errors that name the server and say what to do, and an end to the sockets of tries that failed: the client leaves
 * one open when a server accepts it and says nothing, and it would keep the process alive.
 * Without it a wrong address would be tried for ever, and a failed `createHub` could keep its process alive.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
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

/** Who connects, for the errors: the factory, the option of `createHub` it is for, and what its user must be allowed. */
export interface Caller {
  readonly name: string;
  readonly path: string;
  readonly permissions: string;
}

/** Connects, or rejects within `connectTimeoutMs`: `HubConfigError` for refused credentials and TLS, `NodeDown` when no server answers. */
export async function connectNats(options: NatsOptions, clock: Clock, name: string, caller: Caller): Promise<NatsConnection> {
  const { servers, user, pass, token, authenticator, tls, connectTimeoutMs } = options;
  const given = Object.entries({ user, pass, token, authenticator, tls }).filter(([, value]) => value !== undefined);
  const { connection, abandon } = abandonable(() =>
    connect({
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
    }),
  );
  try {
    return await withinConnectTimeout(connection, options, clock, caller);
  } catch (error) {
    abandon();
    throw asHubError(error, options, caller);
  }
}

/** A connection to be, with a way to end all that its making opens. Sockets are known by the asynchronous context they are made in. */
function abandonable(make: () => Promise<NatsConnection>): { connection: Promise<NatsConnection>; abandon: () => void } {
  const own = new AsyncLocalStorage<boolean>();
  const sockets: Socket[] = [];
  const note = (made: unknown): void => {
    const socket = typeof made === "object" && made !== null && "socket" in made ? made.socket : undefined;
    if (own.getStore() === true && socket instanceof Socket) sockets.push(socket);
  };
  const destroy = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  subscribe("net.client.socket", note);
  const connection = own.run(true, make);
  const settled = (): boolean => unsubscribe("net.client.socket", note);
  connection.then(settled, settled);
  const abandon = (): void => {
    destroy();
    connection.then((late) => late.close(), destroy);
  };
  return { connection, abandon };
}

/** The value of `step`; rejects with `NodeDown` when that takes longer than `connectTimeoutMs`. */
export function withinConnectTimeout<T>(step: Promise<T>, options: NatsOptions, clock: Clock, { name }: Caller): Promise<T> {
  return new Promise((resolve, reject) => {
    const { servers, connectTimeoutMs } = options;
    const timer = clock.setTimeout(
      () => reject(new NodeDown(`${name}: ${unreachable(options)} (nothing within ${connectTimeoutMs} ms)`, { servers })),
      connectTimeoutMs,
    );
    step.finally(() => timer.cancel()).then(resolve, reject);
  });
}

/** The error of the client, thrown or closed with, in words that say what to do. */
export function asHubError(error: unknown, options: NatsOptions, { name, path, permissions }: Caller): HubError {
  if (error instanceof HubError) return error;
  const servers = options.servers.join(", ");
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError)
    return new HubConfigError(
      `${name}: the NATS server at ${servers} refuses the credentials (${text}): check user and pass, token or authenticator`,
      { path, given: servers, allowed: "credentials that the server knows" },
      error,
    );
  if (error instanceof PermissionViolationError)
    return new HubConfigError(
      `${name}: the NATS server at ${servers} does not allow this user the ${error.operation} on ${error.subject}: ` +
        `allow ${permissions}`,
      { path, given: error.subject, allowed: permissions },
      error,
    );
  if (isTlsError(error))
    return new HubConfigError(
      `${name}: no TLS connection to the NATS server at ${servers} (${text}): check tls (ca, cert, key) against the server's settings`,
      { path, given: servers, allowed: "TLS options that fit the server" },
      error,
    );
  return new NodeDown(`${name}: ${unreachable(options)} (${text})`, { servers: options.servers }, error);
}

function unreachable({ servers }: NatsOptions): string {
  return `no NATS server answers at ${servers.join(", ")}: start one there, or correct servers`;
}

function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return /TLS|SSL|CERT|SIGNATURE|EPROTO/.test(code) || /\b(tls|ssl|certificate|PEM|doesn't exist)\b/i.test(error.message);
}
