import { expectTypeOf } from "vitest";
import { Cart } from "../fixtures/cart.actor.js";
import { type ActorModel, modelOf } from "./sequential-model.js";

expectTypeOf(
  modelOf(Cart, {
    initial: (id) => [id],
    messages: {
      add: (skus, { sku }) => ({ state: [...skus, sku] }),
      size: (skus) => ({ state: skus, reply: skus.length }),
    },
  }),
).toEqualTypeOf<ActorModel>();

// @ts-expect-error the actor has no such message
modelOf(Cart, { initial: () => 0, messages: { remove: (size) => ({ state: size }) } });

// @ts-expect-error the actor replies a number
modelOf(Cart, { initial: () => 0, messages: { size: (size) => ({ state: size, reply: String(size) }) } });

// @ts-expect-error another state than the first one
modelOf(Cart, { initial: () => 0, messages: { size: () => ({ state: "0" }) } });
