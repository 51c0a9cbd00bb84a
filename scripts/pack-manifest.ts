/**
 * A package holds the client alone. While `npm pack` runs, package.json is the client's: without the Worker's dependencies and
 * without scripts. `prepack` calls this with `client`, `postpack` with `project`; what was interrupted between them is put
 * right by either.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

const MANIFEST = join(PROJECT_DIRECTORY, "package.json");
const KEPT = join(PROJECT_DIRECTORY, "dist", "package.json");

/** All that a consumer needs to know. */
const packed = z.object({
  name: z.string(),
  version: z.string(),
  private: z.boolean(),
  description: z.string(),
  license: z.string(),
  type: z.string(),
  files: z.array(z.string()),
  exports: z.unknown(),
  sideEffects: z.unknown(),
  engines: z.unknown(),
});

if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
if (process.argv[2] === "client") {
  const manifest = readFileSync(MANIFEST, "utf8");
  mkdirSync(dirname(KEPT), { recursive: true });
  writeFileSync(KEPT, manifest);
  writeFileSync(MANIFEST, `${JSON.stringify(packed.parse(JSON.parse(manifest)), null, 2)}\n`);
}
