import { HubConfigError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { natsLease } from "./nats-lease.js";
import { parseNatsOptions } from "./nats-options.js";

test("all options have defaults; one server is a list of one; tls:// asks for TLS", () => {
  expect(parseNatsOptions({})).toEqual({
    servers: ["127.0.0.1:4222"],
    subjectPrefix: "process-hub",
    connectTimeoutMs: 5_000,
    maxUnsentBytes: 67_108_864,
  });
  expect(parseNatsOptions({ servers: "nats://a:1" }).servers).toEqual(["nats://a:1"]);
  expect(parseNatsOptions({ servers: ["a:1", "tls://[::1]:4222/"] }).tls).toEqual({});
  expect(parseNatsOptions({ tls: { ca: "pem", rejectUnauthorized: false } }).tls).toEqual({
    ca: "pem",
    rejectUnauthorized: false,
  });
});

test.each(["a", "a:1", "nats://a_b:65535", "tls://a.b:1/", "::1", "[::1]:1", "nats://[::1]", "127.0.0.1:4222", "\u00e4:1"])(
  "%s is a server",
  (servers) => {
    expect(parseNatsOptions({ servers }).servers).toEqual([servers]);
  },
);

test.each([
  "",
  "::::",
  "a:b",
  "a:99999",
  "a:0",
  "a:-1",
  ":4222",
  "nats://",
  "a:1,b:2",
  "a,b",
  "a b",
  "a?x",
  "a#b",
  "a\\b",
  "a<b",
  "a:1/x",
])("%j is none, for the transport and for the lease", (server) => {
  for (const servers of [server, ["a:1", server]]) {
    const given = JSON.stringify(servers);
    expect(failure({ servers }).fields).toEqual({ path: servers === server ? "servers" : "servers.1", given, allowed: text });
    expect(() => natsLease({ servers })).toThrow(/^natsLease: servers/);
  }
});
const text = 'takes "host:port", "nats://host:port" or "tls://host:port", or a list of them, without user and password';

test.each([
  ["servers", { servers: [] }, "[]", /"host:port"/],
  ["servers", { servers: "ws://a:1" }, '"ws://a:1"', /"host:port"/],
  ["servers", { servers: 4222 }, "4222", /"host:port"/],
  ["subjectPrefix", { subjectPrefix: "a.>" }, '"a.>"', /tokens of letters/],
  ["connectTimeoutMs", { connectTimeoutMs: 0 }, "0", /above 0/],
  ["maxUnsentBytes", { maxUnsentBytes: 1.5 }, "1.5", /whole number/],
  ["authenticator", { authenticator: {} }, "a value of type object", /credsAuthenticator/],
  ["tls", { tls: true }, "a value of type boolean", /TLS options/],
  ["tls.caFile", { tls: { caFile: 7 } }, "a value of type object", /text/],
  ["tls", { servers: "tls://a:1", tls: null }, "null", /tls:\/\//],
  ["server", { server: "a:1" }, "a value of type string", /no such option, only servers, subjectPrefix/],
  ["options", "a:1", "a value of type string", /object of options/],
])("a wrong %s: path, given and allowed", (path, options, given, allowed) => {
  const error = failure(options);
  expect(error.fields).toEqual({ path, given, allowed: expect.stringMatching(allowed) });
  expect(error.message).toBe(`natsTransport: ${path}: given ${given}, allowed: ${error.fields.allowed}`);
});

test("no secret is told, wherever it was put", () => {
  const secret = "s3cret";
  for (const options of [
    { servers: `nats://ann:${secret}@a:1` },
    { servers: [`tls://${secret}@a:1`] },
    { pass: [secret] },
    { token: { secret } },
    { password: secret },
    { tls: { key: [secret] } },
    { authenticator: secret },
    secret,
  ]) {
    const error = failure(options);
    expect(`${error.message} ${JSON.stringify(error.fields)}`).not.toContain(secret);
  }
});

function failure(options: unknown): HubConfigError {
  try {
    parseNatsOptions(options);
  } catch (error) {
    if (error instanceof HubConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
