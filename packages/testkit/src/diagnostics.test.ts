import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { AskDiagnostic, HandleDiagnostic, TellDiagnostic } from "@process-hub/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Source } from "./fixtures/source.actor.js";
import { simulate } from "./index.js";

let told: string[];
const listeners = new Map<string, (message: unknown) => void>();
const traceOf = (digit: string) => ({ traceparent: `00-${"a".repeat(32)}-${digit.repeat(16)}-01` });
beforeEach(() => {
  told = [];
  const word = ({ message, phase, error }: { message: string; phase?: string; error?: unknown }): string =>
    `${message} ${phase}${error === undefined ? "" : `: ${String((error as { code?: unknown }).code ?? error)}`}`;
  listeners.set("process-hub:ask", (ask) => {
    const one = ask as AskDiagnostic;
    told.push(`ask ${word(one)}`);
    if (one.phase === "begin") one.trace = traceOf("1");
  });
  listeners.set("process-hub:handle", (handle) => {
    const one = handle as HandleDiagnostic;
    told.push(`${one.kind} handled ${word(one)} ${one.trace?.traceparent.slice(36, 37) ?? ""}`);
    if (one.phase === "begin") one.trace = traceOf("2");
    one.around = (run) => run();
  });
  listeners.set("process-hub:tell", (tell) => void told.push(`tell ${(tell as TellDiagnostic).message}`));
  for (const [name, listener] of listeners) subscribe(name, listener);
});
afterEach(() => {
  for (const [name, listener] of listeners) unsubscribe(name, listener);
});

test("an ask and its handler are told as they begin and end, with the trace that a listener gives; what fails says so", () =>
  simulate({ nodes: 2, actors: [Source], seed: 1 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    const ref = sim.hub(1).ref(Source, "s");
    await ref.ask("ends");
    expect(told).toEqual(["ask ends begin", "ask handled ends begin 1", "ask handled ends end 2", "ask ends end"]);
    told.length = 0;
    await expect(sim.hub(1).ref(Source, "nobody").ask("ends")).rejects.toThrow("nobody");
    expect(told).toEqual(["ask ends begin", "ask ends end: ActorNotFound"]);
    await sim.check();
  }));

test("a stream ends with its generator, whether it is whole or its reader stops", () =>
  simulate({ nodes: 2, actors: [Source], seed: 2 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    const ref = sim.hub(1).ref(Source, "s");
    for (const to of [3, 10_000]) {
      for await (const item of ref.stream("count", { to })) if (item === 3) break;
      await sim.until("its end is told", () => told.some((text) => text.startsWith("stream handled count end")));
      expect(told).toContain("stream handled count begin 1");
      expect(told.filter((text) => text.startsWith("ask count end"))).toEqual(["ask count end"]);
      told.length = 0;
    }
    expect((await ref.ask("ends")).ends).toEqual(["whole", "Aborted"]);
    await sim.check();
  }));
