import { expect, test } from "vitest";
import { FullActors } from "./full-actors.js";

test("an actor is full until each place that said so has room", () => {
  const full = new FullActors();
  full.add("a", "p");
  full.add("a", "q");
  full.add("b", "p");
  expect([full.size, full.has("a"), full.placesOf("a"), full.placesOf("c")]).toEqual([2, true, ["p", "q"], []]);
  expect([full.delete("a", "p"), full.has("a")]).toEqual([false, true]);
  expect([full.delete("a", "r"), full.delete("a", "q"), full.has("a"), full.delete("a", "q")]).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test("what places that are down had said counts no more", () => {
  const full = new FullActors();
  for (const id of ["a", "b"]) full.add(id, "p");
  full.add("b", "q");
  full.forget((place) => place === "p");
  expect([full.has("a"), full.placesOf("b")]).toEqual([false, ["q"]]);
});
