/** Copies the files of Swagger UI that the reference page at /docs uses to where they are served from. */
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

const FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];

const source = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const target = join(PROJECT_DIRECTORY, "public", "docs", "vendor");

mkdirSync(target, { recursive: true });
for (const file of FILES) copyFileSync(join(source, file), join(target, file));
