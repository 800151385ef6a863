import { ActorNotFound, AskTimeout, MailboxFull, NodeDown, OutcomeUnknown, WrongActor } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { failedOutcome } from "./operation.js";

test.each<[string, unknown, "refused" | "unknown"]>([
  ["the hub found no such actor", new ActorNotFound("no", { id: "a", message: "add" }), "refused"],
  ["its mailbox was full", new MailboxFull("full", { id: "a" }), "refused"],
  ["it was of another kind", new WrongActor("a user", { id: "a" }), "refused"],
  ["another actor's mailbox was full: the handler had begun", new MailboxFull("full", { id: "b" }), "unknown"],
  ["a job of the handler found no room", new MailboxFull("full", { module: "m" }), "unknown"],
  ["no reply in time", new AskTimeout("late", { id: "a" }), "unknown"],
  ["its node is down", new NodeDown("down", { node: "n" }), "unknown"],
  ["nobody knows", new OutcomeUnknown("?", { id: "a" }), "unknown"],
  ["the handler threw", Object.assign(new Error("no"), { code: "ActorNotFound", fields: { id: "a" } }), "unknown"],
  ["an abort", new DOMException("over", "AbortError"), "unknown"],
  ["no error at all", undefined, "unknown"],
])("%s", (_, error, kind) => expect(failedOutcome(error, "a")).toEqual({ kind }));
