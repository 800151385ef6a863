import { test } from "vitest";
import { explore } from "/work/main/packages/threads/src/inline/fixtures/model/explore.js";
const base = { places: 2, homes: { a: 0, x: 0, y: 1 }, messages: { x: 1, y: 1 }, moves: { a: 1 } };
const run = (name: string, town: any, broken: any = {}) => {
  const t = performance.now();
  let r: any; try { r = explore(town, broken, 400000); } catch (e) { r = String(e); }
  console.log(name, ((performance.now() - t) / 1000).toFixed(1), "s", typeof r === "string" ? r : [r.states, r.ends, r.counterexample ? r.counterexample.wrong + "\n   " + r.counterexample.path.join(", ") : ""].join(" "));
};
test("x", () => {
  run("1 move", base);
  run("1 move slow", { ...base, slow: true });
  run("2 moves", { ...base, moves: { a: 2 } });
  run("2 moves 2+1", { ...base, messages: { x: 2, y: 1 }, moves: { a: 2 } });
  run("3 places 2 moves", { ...base, places: 3, homes: { a: 0, x: 1, y: 2 }, messages: { x: 2, y: 1 }, moves: { a: 2 } });
  run("sender moves", { ...base, homes: { a: 0, x: 1 }, messages: { x: 2 }, moves: { a: 1, x: 1 } });
  run("failure", { ...base, failures: 1 });
  run("sweep", { ...base, homes: {a: 0, x: 1}, messages: { x: 3 }, moves: { a: 2 }, sweeps: 1 });
  run("unknown", { ...base, unknown: true });
  run("retry", { ...base, retries: 1 });
}, 600000);
