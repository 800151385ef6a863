export { credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
export { type NatsTransportOptions, natsTransport } from "./nats-transport.js";
