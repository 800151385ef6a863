/** Deletes every build output. Without it outputs of deleted sources would stay importable. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
for (const group of ["packages", "apps"]) {
  for (const name of readdirSync(join(root, group))) rmSync(join(root, group, name, "dist"), { recursive: true, force: true });
}
