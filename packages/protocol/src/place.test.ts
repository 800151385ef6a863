import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ActorId,
  incarnationOf,
  mainPlace,
  NodeName,
  nodeLife,
  nodeLifeOf,
  nodeOf,
  PlaceId,
  placeFields,
  placeInWords,
  threadOfPlace,
  threadPlace,
} from "./place.js";

const node = fc.stringMatching(/^[\w.-]{1,200}$/);
const incarnation = fc.stringMatching(/^[\w-]{1,20}$/);

describe("places", () => {
  test("are named to users without incarnation and life, which only the hub knows", () => {
    const place = threadPlace("b", "aee1a06eca61", 0, 5);
    expect(placeInWords(place)).toBe("thread 0 of node b");
    expect(placeInWords(mainPlace("b", "aee1a06eca61"))).toBe("the main thread of node b");
    expect(placeFields(place)).toEqual({ node: "b", thread: 0 });
  });

  test("say their node, incarnation and thread", () => {
    fc.assert(
      fc.property(node, incarnation, fc.nat(), fc.nat(), (name, life, thread, lifeOfThread) => {
        const place = PlaceId.parse(threadPlace(name, life, thread, lifeOfThread));
        expect([nodeOf(place), incarnationOf(place), threadOfPlace(place), nodeLifeOf(place)]).toEqual([
          name,
          life,
          thread,
          nodeLife(name, life),
        ]);
      }),
    );
  });

  test("of a main thread have the index -1", () => {
    const place = PlaceId.parse(mainPlace("node-1.eu", "k3"));
    expect([nodeOf(place), incarnationOf(place), threadOfPlace(place)]).toEqual(["node-1.eu", "k3", -1]);
  });

  test("of two lives of a thread differ", () => {
    expect(threadPlace("n", "a", 0, 1)).not.toBe(threadPlace("n", "a", 0, 2));
  });

  test.each([
    "",
    "node",
    "node@i",
    "node@i/",
    "node@i/x",
    "node@i/1",
    "no de@i/main",
    "node@i/main\n",
    "a@b@c/main",
    "node@i/-1.0",
  ])("%j is none", (text) => {
    expect(PlaceId.safeParse(text).success).toBe(false);
  });
});

test.each(["", "a b", "a/b", "a@b", "a\n", "x".repeat(201)])("%j is no node's name", (name) => {
  expect(NodeName.safeParse(name).success).toBe(false);
});

test("an actor's id has 1 to 512 characters of any kind", () => {
  expect(["", "x".repeat(513), "a", "🐎 of / any @ kind"].map((id) => ActorId.safeParse(id).success)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
