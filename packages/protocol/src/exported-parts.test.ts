import { expect, test } from "vitest";
import { exportedParts } from "./exported-parts.js";

const job = (): number => 1;

test.each<[string, Record<string, unknown>, number]>([
  ["an ES module", { default: job, named: 1 }, 1],
  ["module.exports = job", { default: job, "module.exports": job }, 1],
  ["exports.default = job, compiled", { __esModule: true, default: { __esModule: true, default: job } }, 2],
  [
    "a default that holds itself",
    {
      get default() {
        return this;
      },
    },
    3,
  ],
  ["nothing", {}, 1],
])("%s", (_, namespace, parts) => {
  expect(exportedParts(namespace)).toHaveLength(parts);
  expect(exportedParts(namespace)[0]).toBe(namespace);
});
