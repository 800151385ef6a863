import { docsSection, membersOf } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";

const members = membersOf(new URL("../../src/definition/context.ts", import.meta.url), "export interface ActorContext {");

test("docs/settings.md says of ctx what the code says, and of each member something (UPDATE_DOCS=1 writes it)", () => {
  for (const { name, says } of members) expect(says, name).not.toBe("");
  const rows = members.map(({ name, says }) => `| \`ctx.${name}\` | ${says} |`);
  const table = ["| member | what it is |", "|---|---|", ...rows].join("\n");
  expect(docsSection("settings.md", "context", table)).toBe(table);
});
