import { memoryNetwork } from "@process-hub/cluster";
import { natsTransport } from "@process-hub/transport-nats";
import { afterAll, beforeAll } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsServer } from "./fixtures/nats-server.js";
import { transportCases } from "./transport.cases.js";

transportCases("memory", async () => {
  const network = memoryNetwork();
  return { transport: () => network.transport(), close: async () => {} };
});

describeNats("over NATS", () => {
  const servers: { readonly [kind: string]: string } = { nats: "", "nats with a max_payload of 1 KiB": "max_payload: 1024" };
  for (const [kind, config] of Object.entries(servers)) {
    let server: NatsServer;
    beforeAll(async () => {
      server = await NatsServer.start(config);
    });
    afterAll(() => server[Symbol.asyncDispose]());
    transportCases(kind, async () => ({ transport: () => natsTransport({ servers: server.url }), close: async () => {} }));
  }
});
