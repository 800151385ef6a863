/*
 * A slow model, in place of a real one: it answers a prompt with the prompt, a word about every TOKEN_MS. `GET /` says which answers were cut off, and when.
 * Without it the example would need an account somewhere.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const everyMs = Number(process.env.TOKEN_MS ?? 200);
/** The first words of the prompts whose answers were cut off, and the instants, in ms since the epoch. */
const cutAtMs: Record<string, number> = {};

const server = createServer(async (request, response) => {
  if (request.method === "GET") return void response.end(JSON.stringify(cutAtMs));
  const prompt = await text(request).catch(() => undefined);
  if (prompt === undefined) return void response.destroy();
  const words = prompt.split(" ");
  const [first = ""] = words;
  response.flushHeaders();
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const word = words.shift();
    if (word === undefined) return void response.end();
    response.write(`${word} `);
    // Not all in one beat, as no two answers of a real one are.
    timer = setTimeout(next, everyMs * (0.75 + Math.random() / 2));
  };
  next();
  response.on("close", () => {
    clearTimeout(timer);
    if (!response.writableFinished) cutAtMs[first] = Date.now();
  });
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once("SIGTERM", () => server.close());
