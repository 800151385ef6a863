/*
 * One process of the rooms: a node of the hub, and a WebSocket server. Run as many as you like, and replace them as you like.
 * Without it players would have no door to their rooms.
 *
 *   NATS_URL=127.0.0.1:4222 PORT=8080 node dist/main.js       then ws://127.0.0.1:8080/?room=r1&player=ann&since=0
 */
import type { AddressInfo } from "node:net";
import { natsTransport } from "@process-hub/transport-nats";
import { createHub, replication } from "process-hub";
import { WebSocketServer } from "ws";
import { serve } from "./gateway.js";
import { Room } from "./room.actor.js";

const hub = await createHub({
  id: "rooms",
  actors: [Room],
  transport: natsTransport({ servers: process.env.NATS_URL ?? "127.0.0.1:4222" }),
  secret: process.env.HUB_SECRET,
  // Nobody hears of an action before a second process has it: then the death of one process loses none.
  redundancy: replication({ acknowledge: "standby" }),
  // The more often nodes say that they live, the sooner a death is noticed.
  timings: { heartbeatIntervalMs: 250 },
});
await hub.settled();

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT ?? 0), maxPayload: 8_192 });
server.on("connection", (socket, { url = "" }) => serve(hub, socket, url));
server.on("listening", () => console.log(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`));

process.once("SIGTERM", async () => {
  server.close();
  for (const socket of server.clients) socket.close(1012, "this process ends: come back by another one");
  await hub.close();
});
