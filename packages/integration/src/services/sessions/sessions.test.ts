import { expect, test } from "vitest";
import { sessionsDrill } from "./sessions-drill.js";

test("apps/sessions: 2,000 answers at once, whole; how far they are is answered meanwhile; who hangs up ends the model's work; a quota, and its night", async () => {
  const figures = await sessionsDrill({ sessions: 2_000, users: 100, tokens: 12 });
  expect(figures).toMatchObject({ wrong: [], streaming: 2_000, refused: 429, renewed: 200 });
  // The slowest in a hundred are collections of a thread's young memory and the sockets': the drill prints them.
  expect(figures.statusMs.p90).toBeLessThan(16);
  expect(figures.cancelMs.p90).toBeLessThan(100);
}, 120_000);
