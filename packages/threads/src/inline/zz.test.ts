import { test } from "vitest";
import { begin } from "./fixtures/model/world.js";
import { happen } from "./fixtures/model/steps.js";
test("x", () => {
  const two = { places: 2, homes: { a: 0, x: 0, y: 1 }, messages: { x: 3, y: 2 }, moves: { a: 3, x: 1 }, unknown: true };
  const town = { ...two, places: 3, failures: 1, sweeps: 3 };
  const path = "m a 2, d 0>2, m x 1, t y, d 1>-1, d -1>1, d 2>0, d 1>0, t y, d 1>0, t x, d 0>-1, d -1>0, d 0>2, d 0>1, t x, d 2>0, d 0>1, d 0>-1, d 0>1, s 0, t x, d 1>0, d 1>0, s 0, s 0, d 0>2, d 2>0, d 2>-1, m a 1, d 2>1, o x, d 1>2, d 0>1, d 2>1, d 0>2, d 0>2, d 0>2, d 1>2, d 2>1, d 1>2, d 2>1, d 0>2, d 2>-1, d 2>1, m a 0, d 1>0, d 0>2, d 0>2, d 2>0, d 0>2, d 2>0, d 0>-1, d 0>2, d 1>-1, d 0>2, d 0>1, d 2>1, d 1>0, d 2>1, d 2>1, d 2>1, d 0>1, d 2>1, d 1>0, d 0>1, d 1>0, d 1>0, d 1>-1, d 1>0, d 0>-1, d 2>1, d 2>1, d 1>0, d 2>1, d 2>1, d 1>0".split(", ");
  const w = begin(town as any);
  for (const c of path) { happen(town as any, w, c, {}); const f = (x: any) => JSON.stringify(x).replace(/"/g, ""); console.log(c, w.wrong, "LINKS", f(w.links), "ROUTE0", f(w.places[0]?.routes), "ENT0", f(w.places[0]?.entries), "SET", f(w.places[0]?.settling), Object.entries(w.places).map(([i, p]: any) => i + f(Object.entries(p.cells).map(([id, c]: any) => [id, c.e, c.ph]))).join(" ")); }
});
