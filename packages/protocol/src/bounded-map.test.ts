import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedMap } from "./bounded-map.js";

describe("a bounded map", () => {
  it("lets the oldest go when there is one too many, and says which", () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(2, (key, value) => gone.push(`${key}=${value}`));
    map.set("a", 1);
    map.set("b", 2);
    map.set("c", 3);
    expect([...map]).toEqual([
      ["b", 2],
      ["c", 3],
    ]);
    expect(gone).toEqual(["a=1"]);
    expect(map.has("a")).toBe(false);
    expect(map.oldest).toEqual(["b", 2]);
  });

  it("takes one that is set again for the newest", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    expect([...map].flat()).toEqual(["a", 3, "c", 4]);
  });

  it("holds nothing at a limit of nothing", () => {
    const map = new BoundedMap<string, number>(0);
    map.set("a", 1);
    expect([map.size, map.oldest, map.get("a")]).toEqual([0, undefined, undefined]);
  });

  it("leaves out what is deleted while it is walked through", () => {
    const map = new BoundedMap<number, string>(10);
    for (const key of [1, 2, 3, 4, 5]) map.set(key, "");
    const seen: number[] = [];
    for (const [key] of map) {
      seen.push(key);
      if (key === 2) for (const each of [2, 3, 4]) map.delete(each);
    }
    expect(seen).toEqual([1, 2, 5]);
  });

  it("does what a Map does whose first key is deleted when it is too large", () => {
    const step = fc.tuple(fc.constantFrom("set", "delete"), fc.nat(12));
    fc.assert(
      fc.property(fc.nat(8), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const map = new BoundedMap<number, number>(limit);
        const model = new Map<number, number>();
        steps.forEach(([verb, key], i) => {
          model.delete(key);
          if (verb === "delete") map.delete(key);
          else {
            map.set(key, i);
            model.set(key, i);
          }
          for (const oldest of model.keys()) if (model.size > limit) model.delete(oldest);
          expect([...map]).toEqual([...model]);
          expect(map.size).toBe(model.size);
          expect(map.get(key)).toBe(model.get(key));
          expect(map.oldest).toEqual([...model][0]);
        });
      }),
    );
  });
});
