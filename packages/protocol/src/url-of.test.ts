import { expect, test } from "vitest";
import { urlOf } from "./url-of.js";

test("a text is the URL it says, or none, however often that was asked", () => {
  expect(urlOf("a b")).toBeUndefined();
  let wrong = 0;
  for (let n = 0; n < 50_000; n++) if (urlOf("http://\u00e4:1")?.host !== "xn--4ca:1") wrong++;
  expect(wrong).toBe(0);
});
