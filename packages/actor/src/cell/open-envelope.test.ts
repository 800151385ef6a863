import { encode, openPayload, type Payload } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import type { Envelope } from "./envelope.js";
import { closeError, closeReply, openEnvelope } from "./open-envelope.js";

const { behaviour } = defineActor({ name: "cart", module: "file:///cart.js", state: z.object({}), init: () => ({}) })
  .on("add", { input: z.object({ n: z.int().default(1) }), output: z.int() }, (_, { n }) => n)
  .on("look", {}, () => "anything");

function envelope(name: string, payload: Uint8Array = encode(undefined)): Envelope {
  const way = { to: "c", epoch: 1, sentEpoch: 1, origin: "m@i/main", sender: null, via: null };
  return { kind: "envelope", name, payload, ask: 1, expiresAtMs: 0, ...way };
}

const cell = (messageBytes?: number) => ({ spec: { actor: "cart" }, host: { limits: { messageBytes } } });
const add = behaviour.handlers.get("add") as NonNullable<ReturnType<typeof behaviour.handlers.get>>;
const look = behaviour.handlers.get("look") as typeof add;

describe("opening a message", () => {
  test("gives its handler, and the input as its schema has it", () => {
    expect(openEnvelope(envelope("add", encode({})), behaviour)).toEqual({ handler: add, input: { n: 1 } });
    expect(openEnvelope(envelope("look"), behaviour)).toEqual({ handler: look, input: undefined });
  });

  test.each([
    ["an unknown message", envelope("sell"), 'has no message "sell"; it has: add, look'],
    ["an input that does not fit", envelope("add", encode({ n: "1" })), "message add of actor cart: n"],
    ["an input where none is taken", envelope("look", encode(5)), "takes no input, and was given some"],
    ["a payload that is none", envelope("add", encode({ n: "abcdef" }).slice(0, 4)), "the payload of add cannot be read"],
  ])("refuses %s", (_, message, text) => {
    expect(openEnvelope(message, behaviour)).toMatchObject({ code: "InvalidMessage", message: expect.stringContaining(text) });
  });
});

test("a message that names another kind is refused by name", () => {
  expect(openEnvelope({ ...envelope("look"), actor: "cart" }, behaviour)).toMatchObject({ handler: look });
  const error = openEnvelope({ ...envelope("look"), actor: "user" }, behaviour);
  const message = "c is an actor cart, and look was sent to an actor user";
  expect(error).toMatchObject({ code: "WrongActor", message, fields: { id: "c", actor: "cart", wanted: "user" } });
});

test("what a schema puts in for what is missing is each message's own", () => {
  const shares = defineActor({ name: "s", module: "file:///s.js", state: z.object({}), init: () => ({}) }).on(
    "put",
    { input: z.object({ cart: z.object({ items: z.array(z.string()) }).default({ items: [] }) }) },
    () => {},
  );
  const open = () => openEnvelope(envelope("put", encode({})), shares.behaviour) as { input: { cart: { items: string[] } } };
  open().input.cart.items.push("a");
  expect(open().input).toEqual({ cart: { items: [] } });
});

describe("closing a reply", () => {
  test("gives it as it travels", () => {
    expect(openPayload(closeReply(envelope("add"), add, 5, cell()) as Payload)).toBe(5);
  });

  test.each([
    ["one that does not fit its schema", add, "5", undefined, "InvalidReply"],
    ["one that cannot travel", look, () => {}, undefined, "NotSerializable"],
    ["one that is too large", look, "x".repeat(100), 50, "InvalidReply"],
  ])("%s is an error of the asker", (_, handler, result, limit, name) => {
    expect(closeReply(envelope("add"), handler, result, cell(limit))).toMatchObject({ name });
  });

  test("an error travels as it is, unless it is too large", () => {
    const error = new RangeError("x".repeat(500));
    expect(closeError(envelope("add"), error, cell())).toMatchObject({ name: "RangeError" });
    expect(closeError(envelope("add"), error, cell(100))).toMatchObject({ name: "InvalidReply" });
  });
});
