import { test } from "vitest";
import { explore } from "./fixtures/model/explore.js";
const run = (name: string, town: any, broken: any = {}, limit = 200000) => {
  const t = performance.now();
  let r: any; try { r = explore(town, broken, limit); } catch (e) { r = String(e); }
  console.log(name, ((performance.now() - t) / 1000).toFixed(1), "s", typeof r === "string" ? r : [r.states, r.ends, r.counterexample ? r.counterexample.wrong + "\n   " + r.counterexample.path.join(", ") : ""].join(" "));
};
test("x", () => {
  run("2p x3 m2", { places: 2, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 2 } });
  run("2p x4 m2", { places: 2, homes: { a: 0, x: 0 }, messages: { x: 4 }, moves: { a: 2 } });
  run("2p x3 m3", { places: 2, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 3 } });
  run("3p x3 m2", { places: 3, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 2 } });
  run("3p x3 m3", { places: 3, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 3 } });
}, 600000);
