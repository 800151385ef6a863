export { credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
export { type NatsLeaseOptions, natsLease } from "./nats-lease.js";
export { type NatsTransportOptions, natsTransport } from "./nats-transport.js";
