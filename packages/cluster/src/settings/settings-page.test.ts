import { type Documented, docsSection, membersOf } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { hubSettings } from "./settings.js";

const source = new URL("../../src/settings/settings.ts", import.meta.url);
const settings = hubSettings({ id: "h" });

/** A default in words: strategies by their name, `undefined` as none. */
function shown(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (typeof value !== "object" || value === null) return `\`${String(value)}\``;
  if ("family" in value && "name" in value) return `\`${String(value.name)}()\``;
  if (Array.isArray(value)) return value.length === 0 ? "none" : `\`${JSON.stringify(value)}\``;
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${shown(inner)}`)
    .join(", ");
}

const table = (members: readonly Documented[], defaults: Readonly<Record<string, unknown>>): string =>
  [
    "| setting | default | what it is |",
    "|---|---|---|",
    ...members.map(({ name, says }) => `| \`${name}\` | ${shown(defaults[name])} | ${says} |`),
  ].join("\n");

const { timings, limits, threads, ...rest } = settings;
const pages: Readonly<Record<string, () => string>> = {
  hub: () =>
    table(membersOf(source, "export const HubSettings = z.strictObject({"), { ...rest, id: undefined, hooks: undefined }),
  threads: () => table(membersOf(source, "const ThreadOptions = z.strictObject({"), threads),
  timings: () => table(membersOf(source, "export const Timings = z.strictObject({"), timings),
  limits: () => table(membersOf(source, "export const Limits = z.strictObject({"), limits),
};

describe("docs/settings.md", () => {
  test.each(Object.entries(pages))("says of %s what the code says (UPDATE_DOCS=1 writes it)", (name, text) => {
    expect(docsSection("settings.md", name, text())).toBe(text());
  });

  test("says something of each", () => {
    for (const opening of ["export const HubSettings", "const ThreadOptions", "export const Timings", "export const Limits"])
      for (const { name, says } of membersOf(source, `${opening} = z.strictObject({`)) expect(says, name).not.toBe("");
  });
});
