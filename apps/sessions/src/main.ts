/*
 * The sessions as a service over HTTP: `POST /SESSION?user=ann` streams the answer to a prompt, `GET /SESSION` says how far it is.
 * Without it the sessions would have no callers. Who closes a connection ends the answer, up to the model's own socket.
 *
 *   MODEL_URL=http://127.0.0.1:9000 PORT=8080 node dist/main.js
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHub } from "process-hub";
import { Quota } from "./quota.actor.js";
import { Session } from "./session.actor.js";

const hub = await createHub({ id: "sessions", actors: [Session, Quota] });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://sessions");
  const session = hub.ref(Session, pathname.slice(1));
  const gone = new AbortController();
  const { signal } = gone;
  response.on("close", () => gone.abort());
  if (request.method === "GET") {
    const fromMs = performance.now();
    const status = await session.ask("status");
    response.setHeader("server-timing", `ask;dur=${performance.now() - fromMs}`).end(JSON.stringify(status));
  } else if (await hub.ref(Quota, searchParams.get("user") ?? "").ask("take")) {
    for await (const token of session.stream("say", await promptOf(request), { signal }))
      if (!response.write(token)) await once(response, "drain", { signal });
    response.end();
  } else response.writeHead(429).end("no more prompts today");
}

/** A prompt of bounded length: the whole of it is held in memory. */
async function promptOf(request: IncomingMessage): Promise<string> {
  let prompt = "";
  for await (const piece of request.setEncoding("utf8")) {
    prompt += piece;
    if (prompt.length > 100_000) throw new Error("a prompt has 100,000 characters at most");
  }
  return prompt;
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: Error) => {
    // In the midst of an answer its caller sees that it is not whole.
    if (response.headersSent) response.destroy(error);
    else response.writeHead(502).end(error.message);
  });
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

process.once("SIGTERM", async () => {
  server.close();
  await hub.close();
});
